// Where an agent writes: a draft for each conversation, the official answer it draws on, the length the channel takes.

import { $, make } from "/static/desk_dom.js";
import { draft, keepDraft } from "/static/desk_drafts.js";

const NEAR = 50;

// What is written, with an answer put in place of what the same unit said in an earlier release; null: it has none.
export function renewed(written, before, unit) {
  const same = before && unit && ["kind", "id", "aspect"].every((name) => before[name] === unit[name]);
  return same && before.release < unit.release && written.includes(before.text) ? written.replace(before.text, () => unit.text) : null;
}

export class Composer {
  constructor({ send, settle }) {
    this.form = $(".composer");
    this.text = $("#text");
    this.id = null;
    this.unit = null;
    this.send = send;
    this.settle = settle;
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.keys(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    $(".settle", this.form).addEventListener("click", () => this.finish());
  }

  // head: of the conversation that is open
  show(head) {
    const usable = head.talks || head.takeable;
    const kept = draft(head.id);
    if (this.id !== head.id) {
      this.id = head.id;
      this.text.value = kept.text;
      this.unit = kept.unit;
    }
    this.limit = head.limit;
    this.talks = head.talks;
    this.usable = usable;
    this.form.hidden = !usable && !this.text.value.trim();
    this.text.readOnly = !usable;
    const shut = head.window?.shut;
    this.shut = Boolean(shut);
    const left = head.window && !shut ? head.window.left : null;
    $("#rest").textContent = shut ? head.window.text : left === null ? "" : `还可发 ${left} 条`;
    $("#rest").className = shut ? "pressing" : "quiet";
    this.text.placeholder = head.talks ? "回复群众（Enter 发送，Shift+Enter 换行）" : "回复群众（Enter 接入并发送，Ctrl+Enter 答复并办结）";
    this.update();
    this.quote();
  }

  // What is written is under way, and does not change meanwhile.
  pause() {
    this.usable = false;
    this.text.readOnly = true;
    this.update();
  }

  hide() {
    this.form.hidden = true;
    this.id = null;
  }

  get length() { return [...this.text.value.trim()].length; }
  get sendable() { return this.usable && this.length > 0 && this.length <= this.limit; }

  keys(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) this.finish();
    else this.submit();
  }

  submit() {
    if (this.sendable) this.send(this.id, this.text.value.trim(), this.unit);
  }

  finish() {
    if (this.sendable) this.settle(this.id, this.text.value.trim(), this.unit);
  }

  clear() {
    this.text.value = "";
    this.unit = null;
    this.changed();
    this.quote();
  }

  // Put a text at the place of the caret; an official answer brings its unit with it.
  insert(text, unit = null) {
    if (this.id === null || this.form.hidden || !this.usable) return false;
    const { selectionStart: start, selectionEnd: end, value } = this.text;
    const fresh = renewed(value, this.unit, unit);
    if (fresh !== null) this.text.value = fresh;
    else this.text.setRangeText(value && start === value.length && !value.endsWith("\n") ? `\n${text}` : text, start, end, "end");
    if (unit) this.unit = unit;
    this.changed();
    this.quote();
    this.text.focus();
    return true;
  }

  changed() {
    if (!this.text.value.trim()) this.unit = null;
    keepDraft(this.id, this.text.value, this.unit);
    this.update();
    this.quote();
  }

  quote() {
    const box = $(".quoted", this.form);
    box.hidden = !this.unit;
    if (!this.unit) return;
    box.replaceChildren(make("span", {}, `依据知识库：${this.unit.title}`),
      make("button", { type: "button", class: "plain", onclick: () => { this.unit = null; this.changed(); } }, "不引用"));
  }

  update() {
    const over = this.length - this.limit;
    $(".send", this.form).disabled = !this.sendable;
    $(".send", this.form).textContent = this.talks ? "发送" : "接入并发送";
    $(".settle", this.form).disabled = !this.sendable;
    const count = $("#count");
    count.textContent = over > 0 ? `超出 ${over} 字（一条最多 ${this.limit} 字），请删减或分成几条` : this.length > this.limit - NEAR ? `${this.length} / ${this.limit} 字` : "";
    count.className = over > 0 ? "pressing" : "quiet";
    this.text.setAttribute("aria-invalid", String(over > 0));
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight + 2, innerHeight * 0.4)}px`;
  }
}
