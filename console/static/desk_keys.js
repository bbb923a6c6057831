// The page by the keyboard: single letters where nothing is typed, and only for whoever wants them.

import { anyOpen, ask } from "/static/desk_dialogs.js";
import { $ } from "/static/desk_dom.js";
import { keepSetting, setting } from "/static/desk_drafts.js";

export function keyboard(page, next) {
  const keysOn = () => setting("keys") ?? true;
  const letters = {
    j: () => page.lists.step(1),
    k: () => page.lists.step(-1),
    1: () => page.lists.show("waiting"),
    2: () => page.lists.show("mine"),
    3: () => page.lists.show("tasks"),
    4: () => page.lists.show("closed"),
    n: next,
    t: () => (page.task.id === null ? page.talk.acts.take() : page.task.take()),
    r: () => { page.go("talk"); $("#text").focus(); },
    "/": () => { page.beside.show("knowledge"); $("#search").select(); },
    c: () => page.beside.show("canned"),
    b: () => page.beside.show("notes"),
    g: () => page.talk.acts.transfer(),
    e: () => page.talk.acts.wrapUp(),
    "?": help,
  };

  function help() {
    const box = $("#keys-on");
    ask("help").then(() => keepSetting("keys", box.checked));
    box.checked = keysOn();
  }
  $("#help").addEventListener("click", help);

  addEventListener("keydown", (event) => {
    if (anyOpen() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    // A dialog that has just been left holds the focus until the next picture.
    const typing = !event.target.closest("dialog") && event.target.closest("input, textarea, select");
    if (event.key === "Escape" && typing) return page.lists.focus();
    if (typing || !keysOn() || !(event.key in letters)) return;
    event.preventDefault();
    letters[event.key]();
  });
}
