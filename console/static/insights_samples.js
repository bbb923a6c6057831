// The keys 1 to 5 choose a verdict, as its button does.

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, textarea, select")) return;
  document.querySelector(`#scoring button[aria-keyshortcuts="${CSS.escape(event.key)}"]`)?.click();
});
document.getElementById("scoring")?.setAttribute("data-keys", "on");
