// What an agent has typed and not seen arrive, by conversation: it outlives a closed tab and a crashed browser.
// In localStorage, since a tab's own storage dies with it; under the account's name, and for twelve hours at most.

import { facts } from "/static/desk_dom.js";

const ROOT = "zhengwu.desk.";
const MINE = `${ROOT}${facts.me}.`;
const KEPT = 12 * 3600 * 1000;

function read(name) {
  try {
    const value = JSON.parse(localStorage.getItem(MINE + name));
    return value && Date.now() - value.at < KEPT ? value : null;
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(MINE + name);
    else localStorage.setItem(MINE + name, JSON.stringify({ ...value, at: Date.now() }));
  } catch { /* a full or forbidden storage: it is only not remembered */ }
}

export const draft = (id) => read(`draft.${id}`) ?? { text: "", unit: null };
export const keepDraft = (id, text, unit) => write(`draft.${id}`, text.trim() || unit ? { text, unit } : null);

// Messages on their way: {key, text, unit, trouble}, in the order in which they were sent.
export const pending = (id) => read(`pending.${id}`)?.messages ?? [];
export const keepPending = (id, messages) => write(`pending.${id}`, messages.length ? { messages } : null);

export function forget(id) {
  write(`draft.${id}`, null);
  write(`pending.${id}`, null);
}

// Conversations with something on its way, from before this page was opened.
export function unfinished() {
  return names().map((name) => /\.pending\.(\d+)$/.exec(name)?.[1]).filter(Boolean).map(Number);
}

function names() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(MINE));
  } catch {
    return [];
  }
}

// What a colleague at the same computer, or one's own last week, has left behind.
export function sweep(all = false) {
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(ROOT) || /\.setting\./.test(name)) continue;
      const old = () => !(Date.now() - (JSON.parse(localStorage.getItem(name))?.at ?? 0) < KEPT);
      if (all || !name.startsWith(MINE) || old()) localStorage.removeItem(name);
    }
  } catch { /* nothing is kept then */ }
}

export function setting(name) {
  try {
    return JSON.parse(localStorage.getItem(`${MINE}setting.${name}`))?.value;
  } catch {
    return undefined;
  }
}
export const keepSetting = (name, value) => write(`setting.${name}`, { value });
