// Set before the first paint, so that the page does not jump for those who read large print.
try {
  if (localStorage.getItem("zhengwu.print") === "large") document.documentElement.dataset.print = "large";
} catch { /* no storage: normal print */ }
