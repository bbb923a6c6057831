// A recall that is being sent: its numbers follow what has become of the messages.
import { get } from "./api.js";

const EVERY = 2000;
const board = document.querySelector("[data-counts]");
const state = document.querySelector("[data-state]").dataset.state;

function put(selector, value) {
  const place = document.querySelector(selector);
  if (place && place.textContent !== String(value)) place.textContent = value;
}

async function look() {
  if (!document.hidden) {
    const found = await get(board.dataset.counts, { background: true });
    if (found.state !== state) return location.replace(location.pathname);
    for (const [name, count] of Object.entries(found.states)) put(`[data-total="${name}"]`, count);
    for (const [channel, counts] of Object.entries(found.channels)) {
      for (const [name, count] of Object.entries(counts)) put(`[data-channel="${channel}"][data-of="${name}"]`, count);
    }
    for (const line of document.querySelectorAll("[data-reason]")) {
      const count = found.why[line.dataset.reason] ?? 0;
      line.hidden = !count;
      line.querySelector("strong").textContent = count;
    }
    put("[data-by-phone]", found.by_phone);
  }
}

async function follow() {
  try {
    await look();
  } finally {
    setTimeout(follow, EVERY);
  }
}
setTimeout(follow, EVERY);
