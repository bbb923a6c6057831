// The telephone: bubbles, menu messages, the buttons below.

import { fill, find, make, words } from "./dom.js";

const log = find("chat");

export class Chat {
  // act(doing, values): the user does something. press(name): a button of the account's menu.
  constructor({ act, press }) {
    this.act = act;
    this.press = press;
    this.menu = "";
    addEventListener("click", (event) => {
      if (!event.target.closest(".menu")) this.fold();
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.fold();
    });
  }

  clear() {
    for (const line of log.querySelectorAll("[data-line]")) line.remove();
  }

  show(state) {
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    let added = false;
    for (const line of state.chat) {
      if (log.querySelector(`[data-line="${line.id}"]`)) continue;
      log.append(this.line(line));
      added = true;
    }
    find("empty").hidden = state.chat.length > 0;
    if (added && (near || state.chat.at(-1).side === "user")) log.scrollTop = log.scrollHeight;
    find("typing").textContent = state.typing ? words.phone.typing : "";
    this.buttons(state.buttons);
  }

  line(line) {
    if (line.side === "system") return make("p", { class: "system", "data-line": line.id }, line.text);
    const mark = line.side === "account" ? words.how[line.how] : null;
    return make(
      "div",
      { class: `line ${line.side}`, "data-line": line.id, "data-how": line.how, "data-kind": line.kind },
      make("span", { class: "unseen" }, line.side === "user" ? words.phone.me : words.phone.account),
      make("div", { class: "bubble" }, ...this.content(line)),
      mark && make("span", { class: "mark" }, mark),
    );
  }

  content(line) {
    const text = words.lines;
    if (line.kind === "image") {
      return [make("img", { src: `/simulator/media/${encodeURIComponent(line.media_id)}`, alt: text.image, width: 200 })];
    }
    if (line.kind === "voice") return [`${text.voice}${line.text || text.voice_unheard}`];
    if (line.kind === "location" || line.kind === "link") return [fill(text[line.kind], line)];
    if (line.kind === "transfer_customer_service") return [text[line.kind]];
    if (line.kind === "menu") {
      const choices = line.choices.map(([key, title]) =>
        make("li", {}, make("button", { type: "button", onclick: () => this.act("click_line", { key, title }) }, title)),
      );
      return [line.text, make("ul", { class: "choices" }, ...choices), line.tail && make("p", { class: "tail" }, line.tail)];
    }
    return [["text", "markdown", "news", "template"].includes(line.kind) ? line.text : fill(text.other, line)];
  }

  buttons(buttons) {
    const now = JSON.stringify(buttons);
    if (now === this.menu) return;
    this.menu = now;
    find("menu").replaceChildren(...buttons.map((button) => this.button(button)));
    find("menu").hidden = buttons.length === 0;
  }

  button({ name, below }) {
    if (!below.length) return make("div", {}, make("button", { type: "button", onclick: () => this.press(name) }, name));
    const list = make("ul", { hidden: "" });
    for (const inner of below) {
      const press = () => {
        this.fold();
        this.press(inner.name);
      };
      list.append(make("li", {}, make("button", { type: "button", onclick: press }, inner.name)));
    }
    const toggle = (event) => {
      const open = list.hidden;
      this.fold();
      list.hidden = !open;
      event.currentTarget.setAttribute("aria-expanded", String(open));
    };
    return make("div", {}, make("button", { type: "button", "aria-expanded": "false", onclick: toggle }, name), list);
  }

  fold() {
    for (const list of document.querySelectorAll(".menu ul")) list.hidden = true;
    for (const button of document.querySelectorAll(".menu [aria-expanded]")) button.setAttribute("aria-expanded", "false");
  }
}
