// Dialogs of the page: each asks for a few values, and gives them, or null when it was left.

import { $, make } from "/static/desk_dom.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-cancel]")) event.target.closest("dialog").close("");
});

// values: what the fields hold at first, by name; options: [[value, text]] of selects, by name.
export function ask(name, { values = {}, options = {}, prepare = () => {} } = {}) {
  const dialog = $(`#dialog-${name}`);
  const form = $("form", dialog);
  form.reset();
  for (const [field, list] of Object.entries(options)) {
    form.elements[field].replaceChildren(...list.map(([value, text]) => make("option", { value }, text)));
  }
  for (const [field, value] of Object.entries(values)) form.elements[field].value = value ?? "";
  prepare(dialog);
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      done(dialog.returnValue === "ok" ? Object.fromEntries(new FormData(form)) : null);
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
}

export const sure = (text) => ask("sure", { prepare: () => { $("#sure-text").textContent = text; } });
export const anyOpen = () => Boolean($("dialog[open]"));
