// The log of what was said: grows at both ends, redraws only what changed, stays at the end for whoever is there.

import { line, unsent } from "/static/desk_lines.js";
import { make } from "/static/desk_dom.js";

const NEAR = 80;

// Only what changed is touched: a screen reader reads out what is new, and what was unfolded stays so.
function arrange(box, wanted) {
  const kept = new Set(wanted);
  for (const child of [...box.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (box.children[place] !== element) box.insertBefore(element, box.children[place] ?? null);
  });
}

export class Log {
  constructor(box, hooks) {
    Object.assign(this, { box, hooks, atEnd: true });
    // A box that grows or shrinks scrolls, too: then whoever was at the end stays there.
    box.addEventListener("scroll", () => {
      if (box.clientHeight === this.height) this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    });
    new ResizeObserver(() => {
      this.height = box.clientHeight;
      if (this.atEnd) this.toEnd();
    }).observe(box);
    this.clear(null);
  }

  clear(name) {
    this.name = name;
    this.lines = new Map();
    this.drawn = new Map();
    this.more = false;
    this.atEnd = true;
    this.box.setAttribute("aria-live", "off");
    this.box.replaceChildren();
  }

  get first() { return Math.min(...this.lines.keys()); }

  // lines: the newest; `older` marks those that were asked for from the beginning
  put({ lines, more }, { older = false } = {}) {
    const known = this.lines.size > 0;
    if (older || !known) this.more = more;
    for (const one of lines) this.lines.set(one.id, one);
    this.draw(older);
    if (!known) requestAnimationFrame(() => this.box.setAttribute("aria-live", "polite"));
  }

  waiting(messages) {
    this.messages = messages;
    this.draw();
  }

  draw(older = false) {
    const { box } = this;
    const { atEnd } = this;
    const fromEnd = box.scrollHeight - box.scrollTop;
    const wanted = [];
    if (this.more) wanted.push(this.button ??= make("button", { type: "button", class: "more", onclick: () => this.hooks.older() }, "更早的对话"));
    for (const id of [...this.lines.keys()].sort((one, other) => one - other)) wanted.push(this.element(id));
    wanted.push(...(this.messages ?? []).map((message) => unsent(message, this.hooks)));
    arrange(box, wanted);
    if (older) box.scrollTop = box.scrollHeight - fromEnd;
    else if (atEnd) this.toEnd();
  }

  toEnd() { this.box.scrollTop = this.box.scrollHeight; }

  element(id) {
    const one = this.lines.get(id);
    const print = JSON.stringify(one);
    const known = this.drawn.get(id);
    if (known?.print === print) return known.element;
    const element = line(one, this.hooks);
    this.drawn.set(id, { print, element });
    return element;
  }
}
