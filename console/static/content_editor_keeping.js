// What is typed is kept: after a pause, and when the page is left. Saving makes it the draft.

import { get, post } from "/static/api.js";
import { $, at, fill, lasting, present } from "/static/desk_dom.js";
import { same } from "/static/content_editor_widgets.js";

const PAUSE = 1500;
const LOOK = 20000;

export class Keeping {
  constructor({ facts, value, began, start, told, overtaken }) {
    Object.assign(this, { value, began, told, overtaken, base: facts.base, version: facts.version });
    this.unit = location.pathname.replace(/\/edit$/, "");
    this.kept = start;
    this.busy = null;
    $("#discard").hidden = !facts.version;
    if (facts.kept_at) this.say(`已恢复您 ${at(facts.kept_at)} 没有保存的修改`);
    else if (facts.version) this.say(`还没有保存为草稿`);
    this.others(facts.others);
    setInterval(() => this.look(), LOOK);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.leave(); });
    addEventListener("pagehide", () => this.leave());
    addEventListener("beforeunload", (event) => { if (this.changed() && !this.leaving) event.preventDefault(); });
    $("#discard").addEventListener("submit", () => { this.leaving = true; clearTimeout(this.timer); });
  }

  say(text, wrong = false) {
    $("#kept").textContent = text;
    $("#kept").classList.toggle("wrong", wrong);
  }

  changed() { return !same(this.value(), this.kept); }

  later() {
    clearTimeout(this.timer);
    if (!this.changed()) return;
    this.say("正在修改…");
    this.timer = setTimeout(() => this.now(), PAUSE);
  }

  // One at a time: each needs the version of the one before.
  now(options = {}) {
    clearTimeout(this.timer);
    this.busy = (this.busy ?? Promise.resolve()).then(() => this.keep(options));
    return this.busy;
  }

  async keep(options) {
    const body = this.value();
    if (same(body, this.kept) || this.leaving) return;
    try {
      const answer = await post(`${this.unit}/working`, { body, base: this.base, version: this.version }, options);
      if (answer.theirs) return this.overtaken(answer.theirs, "您在另一个页面里");
      this.kept = body;
      this.version = answer.version;
      $("#discard").hidden = false;
      this.say(`已自动保存 ${at(answer.at)}`);
      this.others(answer.others);
    } catch (error) {
      this.say(`没有自动保存：${error.message}`, true);
      if (error.status === 0 || error.status >= 500) this.timer = setTimeout(() => this.now(), 4 * PAUSE);
    }
  }

  // The browser sends it even when the page is gone, as long as it is not too large.
  leave() {
    if (this.changed() && !this.leaving) this.now({ keepalive: true });
  }

  async save() {
    $("#save").disabled = true;
    clearTimeout(this.timer);
    await this.busy;
    try {
      const body = this.value();
      const answer = await post(`${this.unit}/save`, { body, base: this.base });
      if (answer.removed) this.base = null;
      this.refused(answer.error ?? answer.removed ?? "");
      this.faults(answer.faults ?? []);
      if (answer.theirs) this.overtaken(answer.theirs, answer.theirs.who ?? "同事");
      if (answer.saved) {
        this.leaving = true;
        location.assign(this.unit);
      }
    } catch (error) {
      this.refused(error.message);
    }
    $("#save").disabled = false;
  }

  faults(found) {
    const box = $("#faults");
    const list = this.told(found);
    box.hidden = !found.length;
    fill(box, found.length ? `有 ${found.length} 处没有填好，改好以后再保存：` : null, list);
    if (found.length) box.focus();
  }

  refused(text) {
    $("#refused").hidden = !text;
    $("#refused").textContent = text;
  }

  // What stands is theirs now; ours goes on from there.
  rebase({ base, version }, began) {
    this.base = base;
    if (version !== undefined) this.version = version;
    this.began = began;
    this.kept = null;
    this.refused("");
    this.faults([]);
    this.now();
  }

  others(found) {
    const note = $("#others");
    note.hidden = !found.length;
    if (found.length) note.textContent = `${found.map(({ name, at: when }) => `${name} ${lasting(Math.max(0, present() - new Date(when)))}前`).join("、")}也在改这一条。请先打个招呼，免得白改；谁后保存，会看到两边的文字。`;
  }

  look() {
    if (document.visibilityState !== "visible") return;
    get(`${this.unit}/others`, { background: true }).then(({ others }) => this.others(others), () => {});
  }
}
