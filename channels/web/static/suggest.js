// Suggestions while typing: a WAI-ARIA combobox whose list stands above the input. Without it the input works as ever.

import { make } from "./dom.js";

const PAUSE = 120;
const LONGEST = 50;
const PRIVATE = /\d{6}/; // identity and telephone numbers are not looked up

export class Suggest {
  // session(): who asks, null while offline. choose(text): a suggestion was taken.
  constructor(words, { session, choose }) {
    Object.assign(this, { words: words.composer, session, choose });
    this.input = document.getElementById("text");
    this.box = document.getElementById("suggest");
    this.list = document.getElementById("suggestions");
    this.status = document.getElementById("suggested");
    this.active = -1;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": this.list.id, "aria-expanded": "false",
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", (event) => { if (!event.isComposing) this.later(); });
    this.input.addEventListener("compositionstart", () => this.close());
    this.input.addEventListener("compositionend", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.box.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    this.list.addEventListener("click", ({ target }) => this.take(target.closest("[role=option]")));
  }

  get open() { return !this.box.hidden; }
  get options() { return this.list.children; }

  later() {
    clearTimeout(this.timer);
    this.request?.abort();
    const text = this.input.value.trim();
    const session = this.session();
    if (!text || text.length > LONGEST || text.includes("\n") || PRIVATE.test(text) || !session) this.close();
    else this.timer = setTimeout(() => this.look(text, session), PAUSE);
  }

  async look(text, session) {
    const request = new AbortController();
    this.request = request;
    try {
      const answer = await fetch("/chat/suggest", {
        method: "POST", body: JSON.stringify({ q: text, session }), signal: request.signal,
        headers: { "Content-Type": "application/json" },
      });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      if (!request.signal.aborted) this.show(found, text);
    } catch {
      if (!request.signal.aborted) this.close(); // no suggestions is no error
    }
  }

  show(found, typed) {
    if (!found.length || (found.length === 1 && found[0].text === typed)) {
      this.close();
      return;
    }
    this.list.replaceChildren(...found.map(({ text, name }, index) => {
      const option = make("li", { role: "option", id: `suggestion-${index}`, "aria-selected": "false" },
        make("span", {}, ...marked(text, typed)), name ? make("span", { class: "alias" }, ...marked(name, typed)) : null);
      option.dataset.text = text;
      return option;
    }));
    this.box.hidden = false;
    this.box.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
    this.select(-1);
    this.status.textContent = this.words.suggested.replace("{count}", found.length);
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.box.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.select(-1);
    this.status.textContent = "";
  }

  // -1 is the input itself.
  select(index) {
    this.active = index;
    for (const option of this.options) option.setAttribute("aria-selected", String(option === this.options[index]));
    const option = this.options[index];
    if (!option) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  key(event) {
    if (!this.open || event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return;
    const count = this.options.length;
    const to = (index) => this.select(((index + 1 + count + 1) % (count + 1)) - 1);
    if (event.key === "ArrowDown") to(this.active + 1);
    else if (event.key === "ArrowUp") to(this.active - 1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.active >= 0) this.take(this.options[this.active]);
    else return;
    event.preventDefault();
  }

  take(option) {
    if (!option) return;
    const { text } = option.dataset;
    this.close();
    this.choose(text);
  }
}

// The typed part stands out.
function marked(text, typed) {
  const at = text.toLowerCase().indexOf(typed.toLowerCase());
  return at < 0 ? [text] : [text.slice(0, at), make("b", {}, text.slice(at, at + typed.length)), text.slice(at + typed.length)];
}
