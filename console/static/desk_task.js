// A task in the middle: what is to be done, by when, what was said; and an answer that waits to be approved.

import { get, isAway, post, Refused } from "/static/api.js";
import { say } from "/static/desk_alerts.js";
import { ask } from "/static/desk_dialogs.js";
import { $, at, chip, fill, make, plainMasks, present, serverSays, since, withMasks } from "/static/desk_dom.js";
import { Log } from "/static/desk_log.js";
import { sources } from "/static/desk_lines.js";
import { reveal } from "/static/desk_talk.js";

const LATER = 3000;

export class Task {
  constructor(page) {
    this.page = page;
    this.id = null;
    this.log = new Log($(".talk .log"), {
      reveal: (...all) => this.reveal(...all), look: (answer) => page.beside.look(answer), older: () => {}, phone: () => {},
    });
  }

  async open(id) {
    if (this.id !== id) {
      this.id = id;
      this.text = null;
      this.log.clear(id);
    }
    await this.load();
  }

  close() { this.id = null; }

  async load({ background = false } = {}) {
    const { id } = this;
    clearTimeout(this.again);
    if (id === null) return;
    try {
      const view = await get(`/desk/tasks/${id}`, { background });
      if (this.id !== id) return;
      serverSays(view.now);
      this.show(view);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.id !== id) return;
      if (isAway(error)) this.again = setTimeout(() => this.load({ background: true }), LATER);
      else this.page.trouble(error);
    }
  }

  show(view) {
    this.view = view;
    const { task, approval } = view;
    fill($(".talk .head"),
      make("div", { class: "title" },
        make("button", { type: "button", class: "back", onclick: () => this.page.go("list") }, "‹ 列表"),
        make("h2", {}, `${task.kind_name}：${plainMasks(task.title) || "（没有标题）"}`)),
      make("p", { class: "row facts" },
        make("span", {}, [task.channel, task.department].filter(Boolean).join(" · ")),
        make("span", { class: "tag" }, task.taken_name ? `${task.taken_name} ${task.state_name}` : task.state_name),
        task.due_at && task.state !== "done" ? make("span", { class: task.overdue ? "pressing" : "" }, `期限 ${at(task.due_at)}（`, since(task.due_at, new Date(task.due_at) < present() ? "已超 " : "还剩 "), "）") : null,
        task.outcome ? make("span", { class: "tag person" }, task.outcome) : null,
        task.contact ? chip(task.contact, task.contact.slice(1).split(":")[0], (...all) => this.reveal(...all)) : null),
      make("div", { class: "row acts" }, approval ? [] : this.acts(task)));
    $(".talk").classList.add("of-task");
    const details = task.details.length && !approval ? make("dl", { class: "details" }, task.details.map(({ name, value }) => [make("dt", {}, name), make("dd", {}, withMasks(value, (...all) => this.reveal(...all)))])) : "";
    $(".talk .notices").replaceChildren(details, approval ? this.approval(approval) : "", task.remark ? make("p", { class: "note" }, withMasks(task.remark, (...all) => this.reveal(...all))) : "");
    this.log.put(view);
    this.page.beside.clear();
  }

  acts(task) {
    if (task.state === "done") return [];
    const act = (text, does, className = "") => make("button", { type: "button", class: className, onclick: does }, text);
    return [
      task.state === "open" ? act("领取", () => this.take(), "main") : null,
      task.mine ? act("办结", () => this.done(), "main") : null,
      task.mine && task.can_write ? act("发消息给群众", () => this.write()) : null,
      task.mine ? act("退回", () => this.act("release")) : null,
      task.assignable ? act(task.taken_by ? "改派" : "指派", () => this.assign()) : null,
    ];
  }

  approval(one) {
    if (one.state !== "waiting") return make("p", { class: "done" }, one.state === "confirmed" ? "已按原答复发出。" : "已按更正后的答复发出。");
    const kept = $(".approval textarea")?.value;
    const text = make("textarea", { rows: 6, maxlength: 2000, "aria-label": "更正后的答复" });
    text.value = this.text === this.id && kept !== undefined ? kept : one.text;
    this.text = this.id;
    const url = `/desk/approvals/${one.id}/`;
    this.page.aim = { text, insert: (put) => {
      text.value = !text.value || text.value === one.text ? put : `${text.value}\n${put}`;
      text.focus();
      return true;
    } };
    return make("section", { class: "approval card" },
      one.told_late ? make("p", { class: "warn" }, "已超过时限，群众已收到说明；仍可以确认或更正，会补发给群众。") : "",
      make("p", {}, "群众问：", withMasks(one.question, (...all) => this.reveal(...all))),
      one.doubt ? make("p", { class: "warn doubt" }, one.doubt, " ",
        one.answer.id ? make("button", { type: "button", onclick: () => this.page.beside.look(one.answer) }, "看现在的答复") : null) : "",
      make("p", { class: "quiet" }, one.doubt ? "机器人当时拟这样答复：" : "机器人拟这样答复，可以原样发出，也可以改好再发："), text,
      sources(one.sources) ?? "",
      make("div", { class: "row" },
        one.doubt ? null : make("button", { type: "button", class: "main", onclick: () => this.decide(`${url}confirm`, {}) }, "原样发出"),
        make("button", { type: "button", class: one.doubt ? "main" : null, onclick: () => (text.value.trim() === one.text.trim() ? this.page.note(one.doubt ?? "内容没有改动，请点“原样发出”。") : this.decide(`${url}correct`, { text: text.value })) }, "更正后发出")));
  }

  async decide(url, data) {
    await this.try(() => post(url, data), "已发出");
  }

  take() {
    if (this.view?.task.state === "open" && !this.view.approval) this.act("take");
  }

  async act(name) { await this.try(() => post(`/desk/tasks/${this.id}/${name}`)); }

  async done() {
    const given = await ask("done");
    if (given && await this.try(() => post(`/desk/tasks/${this.id}/done`, given), "已办结")) this.page.leave();
  }

  async assign() {
    const { id, taken_by: had } = this.view.task;
    const others = this.page.staff.filter(({ account }) => account !== had);
    const given = await ask("hand-on", { options: { to: others.map(({ account, name, present }) => [account, present ? name : `${name}（不在岗）`]) } });
    if (given?.to) await this.try(() => post(`/desk/tasks/${id}/assign`, { to: given.to, had }), "已指派");
  }

  async write() {
    const found = await this.try(() => post(`/desk/tasks/${this.id}/write`));
    if (found) this.page.open("talk", found.id);
  }

  async reveal(token, kind, place) {
    await reveal(token, kind, place, (reason) => post(`/desk/tasks/${this.id}/reveal`, { token, reason }), this.page);
  }

  async try(work, told = "") {
    try {
      const found = await work();
      if (told) say(told);
      this.page.calm();
      return found ?? {};
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.page.trouble(error);
      return null;
    } finally {
      this.load();
      this.page.refresh();
    }
  }
}
