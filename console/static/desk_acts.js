// What an agent may do with a conversation. The server decides; the page then shows how things stand.

import { post, Refused } from "/static/api.js";
import { say } from "/static/desk_alerts.js";
import { ask, sure } from "/static/desk_dialogs.js";
import { $, make, plainMasks, uuid } from "/static/desk_dom.js";
import { draft, forget } from "/static/desk_drafts.js";

export class Acts {
  constructor(talk) {
    this.talk = talk;
    this.page = talk.page;
  }

  get id() { return this.talk.id; }
  get view() { return this.talk.view; }

  // What may be done, as buttons.
  buttons(head) {
    const act = (name, text, does, className = "") => make("button", { type: "button", class: className, "data-do": name, onclick: does }, text);
    const found = [];
    if (head.takeable) found.push(act("take", "接入", () => this.take(), "main"));
    if (head.talks) {
      found.push(act("transfer", "转接", () => this.transfer()));
      found.push(act("end", "结束", () => this.end()));
    }
    if (head.owner && (head.state === "with_agent" || head.state === "wrap_up")) found.push(act("close", "办结", () => this.wrapUp(), head.state === "wrap_up" ? "main" : ""));
    if (this.page.supervisor && !head.talks && (head.state === "waiting" || head.state === "with_agent")) {
      found.push(act("step-in", "介入", () => this.stepIn()));
      found.push(act("assign", "指派", () => this.assign()));
    }
    if (head.owner) found.push(act("editor", "补充知识库", () => this.toEditors()));
    if (head.talks) found.push(act("phone", "转电话待办", () => this.phone(this.talk.composer.text.value)));
    return found;
  }

  // Runs something that the server may refuse, and then shows how things stand.
  async act(work, done = "") {
    try {
      const answer = await work();
      if (done) say(done);
      this.page.calm();
      return answer ?? {};
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.page.trouble(error);
      return null;
    } finally {
      this.talk.load();
      this.page.refresh();
    }
  }

  url(rest) { return `/desk/conversations/${this.id}/${rest}`; }

  // Whoever writes to somebody who waits takes them.
  async send(id, text, unit) {
    if (!this.view.head.talks && !(await this.take())) return;
    this.talk.outgoing.add(id, text, unit);
    if (this.id !== id) return;
    this.talk.composer.clear();
    this.talk.log.toEnd();
  }

  async take() {
    if (!this.view?.head.takeable) return false;
    this.taking ??= this.act(() => post(this.url("take")), "已接入");
    const done = await this.taking;
    this.taking = null;
    if (done) {
      Object.assign(this.view.head, { talks: true, owner: true, takeable: false, state: "with_agent" }); // soon confirmed
      this.talk.composer.show(this.view.head);
      this.page.lists.show("mine");
      this.talk.composer.text.focus();
    }
    return Boolean(done);
  }

  async transfer() {
    if (!this.view?.head.talks) return;
    const colleagues = this.page.staff.filter(({ takes, account }) => takes && account !== this.page.me);
    const named = ({ name, load, capacity, departments }) => `${name}（${load} / ${capacity}${departments.length ? `，${departments.join("、")}` : ""}）`;
    const given = await ask("transfer", {
      options: {
        to: [["", colleagues.length ? "不选" : "现在没有别的同事在岗"], ...colleagues.map((one) => [one.account, named(one)])],
        department: [["", "不选"], ...this.page.departments.map((one) => [one, one])],
      },
    });
    if (!given) return;
    const id = this.id;
    if (given.note.trim()) await this.act(() => post(this.url("note"), { text: given.note }));
    const done = await this.act(() => post(this.url("transfer"), given.to ? { to: given.to } : { department: given.department || null }), "已转接");
    if (done && this.id === id && !draft(id).text) this.page.leave();
  }

  async end() {
    if (!this.view?.head.talks || !(await sure("结束人工服务？群众会收到通知和满意度评价，之后由机器人继续服务。"))) return;
    if (await this.act(() => post(this.url("end")), "已结束，请办结")) this.wrapUp();
  }

  async wrapUp() {
    const head = this.view?.head;
    if (!head?.owner || head.state === "closed") return;
    const given = await ask("close", {
      values: { topic: head.topic || plainMasks(head.question).slice(0, 60) },
      prepare: (dialog) => { $(".still-open", dialog).hidden = head.state !== "with_agent"; },
    });
    if (!given) return;
    const id = this.id;
    if (await this.act(() => post(this.url("close"), given), "已办结")) {
      forget(id);
      if (this.id === id) this.page.leave(); // or else the next one is open by now
    }
  }

  // Take, answer, record and close in one act, and go on with the next.
  async settle(id, text, unit) {
    const { head } = this.view;
    this.settling ??= { id, text, key: uuid() };
    if (this.settling.id !== id || this.settling.text !== text) this.settling = { id, text, key: uuid() };
    const topic = head.topic || unit?.title || plainMasks(head.question).slice(0, 60);
    this.talk.composer.pause();
    const done = await this.act(() => post("/desk/together", { ids: [id], text, key: this.settling.key, from: unit, outcome: "answered", topic }));
    const refused = done?.refused[id];
    if (refused) this.page.trouble({ message: refused });
    const here = this.id === id;
    if (!done || refused) {
      if (here) this.talk.composer.show(this.view.head);
      return;
    }
    this.settling = null;
    if (here) this.talk.composer.clear();
    forget(id);
    say("已答复并办结");
    if (!here) return;
    const next = head.state === "waiting" ? this.page.lists.after(id) : null;
    if (next) this.page.open("talk", next);
    else this.page.leave();
  }

  async stepIn() {
    await this.act(() => post(this.url("assign"), { to: this.page.me, version: this.view.head.version }), "已介入");
  }

  async assign() {
    const there = this.page.staff.filter(({ present }) => present);
    const given = await ask("transfer", {
      options: { to: [["", "不选"], ...there.map(({ account, name, load, capacity }) => [account, `${name}（${load} / ${capacity}）`])], department: [["", "不选"]] },
    });
    if (given?.to) await this.act(() => post(this.url("assign"), { to: given.to, version: this.view.head.version }), "已指派");
  }

  async toEditors() {
    const { head, lines } = this.view;
    const mine = lines.filter(({ who }) => who === "person").at(-1);
    const given = await ask("editor", { values: { question: plainMasks(head.question), answer: mine ? plainMasks(mine.text) : "" } });
    if (given) await this.act(() => post(this.url("editor"), { ...given, key: uuid() }), "已提交给内容维护人员");
  }

  // `key`: of the message that did not arrive; one message is one task.
  async phone(text, key = null) {
    const given = await ask("phone", { values: { text: text.trim() || plainMasks(this.view.head.question) } });
    if (!given) return;
    const done = await this.act(() => post(this.url("by-phone"), { text: given.text, key: key ?? uuid() }));
    if (!done) return;
    if (key) this.talk.outgoing.drop(this.id, key);
    else if (given.text.trim() === this.talk.composer.text.value.trim()) this.talk.composer.clear();
    say(`已生成待办：${done.kind_name}`);
    this.page.note(`已生成待办：${done.kind_name}，在“待跟进”里。`);
  }
}
