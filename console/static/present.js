// Whoever types or moves the mouse is there: their session is not idle.
import { post } from "/static/api.js";

const EVERY = 120000;
let told = Date.now();

function here() {
  if (Date.now() - told < EVERY) return;
  told = Date.now();
  post("/present").catch(() => {});
}

for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, here, { passive: true, capture: true });
}
