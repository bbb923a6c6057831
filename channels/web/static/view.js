// The page: entries in their order, the state of the connection, print size.

import { card } from "./card.js";
import { make } from "./dom.js";

const NEAR = 120;

export class View {
  constructor(words, { say, retry }) {
    Object.assign(this, { words, say, retry });
    this.scroller = document.getElementById("scroll");
    this.log = document.getElementById("log");
    this.typingLine = document.getElementById("typing");
    this.typingText = document.getElementById("typing-text");
    this.banner = document.getElementById("banner");
    this.shown = new Map();
    this.large();
  }

  // What was said before, without reading all of it aloud again.
  restore(entries) {
    this.log.setAttribute("aria-live", "off");
    entries.forEach((entry) => this.place(entry));
    if (entries.length) this.scroller.scrollTop = this.scroller.scrollHeight;
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
  }

  show(entry, { own = false } = {}) {
    const near = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
    const known = this.shown.has(entry.key);
    const element = this.place(entry);
    if (!known && (own || near)) this.reveal(element);
  }

  clear() {
    this.shown.clear();
    this.log.replaceChildren();
    this.scroller.scrollTop = 0;
  }

  place(entry) {
    const known = this.shown.get(entry.key);
    if (known) {
      this.mark(known, entry);
      return known;
    }
    const element = entry.from === "me" ? this.mine(entry) : this.theirs(entry);
    element.dataset.at = entry.at;
    const later = [...this.log.children].reverse().find((other) => Number(other.dataset.at) <= entry.at);
    if (later) later.after(element);
    else this.log.prepend(element);
    this.shown.set(entry.key, element);
    return element;
  }

  mine(entry) {
    const element = make("article", { class: "message me", "aria-label": this.words.message.me },
      make("p", { class: "text" }, entry.text), make("p", { class: "mark" }));
    this.mark(element, entry);
    return element;
  }

  mark(element, { from, state, key, reason }) {
    if (from !== "me") return;
    const { message } = this.words;
    const line = element.querySelector(".mark");
    element.dataset.state = state;
    if (state === "failed") {
      line.replaceChildren(message.failed.replace("{reason}", reason ?? ""),
        make("button", { type: "button", class: "again", onclick: () => this.retry(key) }, message.retry));
    } else {
      line.textContent = state === "sent" ? message.sent : message.sending;
    }
  }

  theirs({ body, at }) {
    const person = body.by === "person";
    const name = [person ? this.words.message.person : this.words.message.robot, body.name].filter(Boolean).join(" · ");
    const time = new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
    return make("article", { class: person ? "message them person-speaks" : "message them robot", "aria-label": name },
      make("p", { class: "who" }, make("span", { class: "badge" }, name), make("time", {}, time)),
      card(body, this.words, this.say));
  }

  // A long answer is read from its beginning.
  reveal(element) {
    requestAnimationFrame(() => {
      const tall = element.offsetHeight > this.scroller.clientHeight - 40;
      if (tall) element.scrollIntoView({ block: "start" });
      else this.scroller.scrollTop = this.scroller.scrollHeight;
    });
  }

  typing(on, text = this.words.message.typing) {
    const was = !this.typingLine.hidden;
    const near = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
    this.typingLine.hidden = !on;
    this.typingText.textContent = on ? text : "";
    if (on && !was && near) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  state(state) {
    const { status } = this.words;
    const lamp = document.getElementById("state");
    if (lamp.dataset.state === state) return;
    lamp.dataset.state = state;
    lamp.textContent = status[state === "offline" ? "connecting" : state];
    clearTimeout(this.hiding);
    if (state === "offline") this.notice(navigator.onLine ? status.offline : status.no_network, null);
    else if (state === "online" && !this.banner.hidden) this.notice(status.back, 2000);
  }

  notice(text, milliseconds = 5000) {
    clearTimeout(this.hiding);
    this.banner.textContent = text;
    this.banner.hidden = false;
    if (milliseconds) this.hiding = setTimeout(() => { this.banner.hidden = true; }, milliseconds);
  }

  large() {
    const on = document.documentElement.dataset.print === "large";
    document.getElementById("large").setAttribute("aria-pressed", String(on));
  }

  toggleLarge() {
    const { dataset } = document.documentElement;
    if (dataset.print === "large") delete dataset.print;
    else dataset.print = "large";
    try {
      localStorage.setItem("zhengwu.print", dataset.print ?? "normal");
    } catch { /* not remembered */ }
    this.large();
    if (this.log.lastElementChild) this.reveal(this.log.lastElementChild);
  }
}
