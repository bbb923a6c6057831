// The list of units: all of the page chosen at once.

const all = document.querySelector("#all");
const boxes = [...document.querySelectorAll("[name=unit]")];

all?.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
for (const box of boxes) {
  box.addEventListener("change", () => {
    const chosen = boxes.filter(({ checked }) => checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    if (chosen) document.querySelector("details.bulk").open = true;
  });
}
