// The lists on the left: who waits, whom one has, what is left to do, what is over.

import { get } from "/static/api.js";
import { $, $$, at, make, plainMasks, present, since, tabs } from "/static/desk_dom.js";

const EMPTY = {
  waiting: "现在没有群众等待。",
  mine: "您现在没有会话。按 n 接待下一位。",
  tasks: "没有要跟进的事。",
  closed: "还没有结束的会话。",
};

export class Lists {
  // open(kind, id): somebody chose an entry; together(): the groups of same questions
  constructor({ open, together }) {
    Object.assign(this, { open, together });
    this.list = $("#list");
    this.over = $(".over-list");
    this.data = { waiting: [], mine: [], tasks: [], closed: [] };
    this.tab = "waiting";
    this.chosen = null;
    this.pick = tabs($(".lists .tabs"), (tab) => this.turn(tab.dataset.tab));
    this.list.addEventListener("keydown", (event) => this.keys(event));
  }

  show(tab) { this.pick($(`#tab-${tab}`)); }

  async turn(tab) {
    this.tab = tab;
    this.over.hidden = !(this.alike && tab === "waiting");
    $("#panel").setAttribute("aria-labelledby", `tab-${tab}`);
    this.render();
    if (tab === "closed") await this.more(true);
  }

  async more(anew = false) {
    const last = anew ? null : this.data.closed.at(-1)?.id;
    const { closed } = await get(`/desk/closed?mine=1${last ? `&before=${last}` : ""}`);
    this.data.closed = anew ? closed : [...this.data.closed, ...closed];
    this.ended = closed.length < 50;
    if (this.tab === "closed") this.render();
  }

  fill(lists) {
    this.data = { ...this.data, waiting: lists.waiting, mine: lists.mine, tasks: lists.tasks };
    this.count("waiting", lists.waiting_count);
    this.count("mine", lists.mine.length, lists.mine.filter(({ owes }) => owes).length);
    this.count("tasks", lists.tasks.length, lists.tasks.filter(({ overdue }) => overdue).length);
    this.render();
  }

  count(tab, number, pressing = 0) {
    const mark = $(`#tab-${tab} b`);
    mark.hidden = !number;
    mark.textContent = number;
    mark.className = pressing ? "pressing" : "";
  }

  // The entries are replaced; whoever had the focus, by the keyboard, keeps it on the same one.
  render() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const rows = this.data[this.tab];
    const entries = rows.map((row) => (this.tab === "tasks" ? this.task(row) : this.talk(row)));
    if (this.tab === "closed" && rows.length && !this.ended) {
      entries.push(make("li", {}, make("button", { type: "button", class: "more", onclick: () => this.more() }, "更早的会话")));
    }
    this.list.replaceChildren(...(entries.length ? entries : [make("li", { class: "empty quiet" }, EMPTY[this.tab])]));
    this.mark();
    if (focused) $(`[data-name="${focused}"]`, this.list)?.focus({ preventScroll: true });
  }

  groups(count, people) {
    this.alike = count;
    this.over.hidden = !(count && this.tab === "waiting");
    this.over.replaceChildren(make("button", { type: "button", onclick: () => this.together() },
      `同类问题 ${count} 组，共 ${people} 人：一次答复`));
  }

  talk(row) {
    const waiting = row.state === "waiting";
    const name = `talk-${row.id}`;
    return make("li", {}, make("button", {
      type: "button", class: `entry${row.owes ? " owes" : ""}${waiting && !row.takeable ? " others" : ""}`,
      "data-name": name, onclick: () => this.open("talk", row.id),
    },
    make("span", { class: "line" },
      make("strong", {}, row.topic || plainMasks(row.question) || "还没有说明事由"),
      waiting ? since(row.opened_at, "等候 ", "", "wait") : null,
      row.owes ? since(row.last_citizen_at, "待回复 ", "", "wait pressing") : null,
      row.state === "wrap_up" ? make("span", { class: "wait" }, "待办结") : null,
      row.closed_at ? make("span", { class: "wait" }, at(row.closed_at)) : null),
    row.topic && row.question ? make("span", { class: "question" }, plainMasks(row.question)) : null,
    make("span", { class: "tags" },
      row.state === "waiting" || row.state === "with_agent" ? row.tags.map(({ text, tone }) => make("span", { class: `tag ${tone}` }, text)) : null,
      row.outcome ? make("span", { class: "tag" }, row.outcome) : null,
      make("span", { class: "where" }, [row.channel, row.department, row.region].filter(Boolean).join(" · "))),
    row.window && row.state !== "closed" ? make("span", { class: `window${row.window.soon ? " soon" : ""}` }, row.window.brief) : null));
  }

  task(row) {
    return make("li", {}, make("button", {
      type: "button", class: `entry${row.overdue ? " owes" : ""}`, "data-name": `task-${row.id}`, onclick: () => this.open("task", row.id),
    },
    make("span", { class: "line" }, make("strong", {}, `${row.kind_name}：${plainMasks(row.title) || "（没有标题）"}`),
      row.due_at ? since(row.due_at, new Date(row.due_at) < present() ? "超时 " : "还剩 ", "", `wait${row.overdue ? " pressing" : ""}`) : null),
    make("span", { class: "tags" },
      make("span", { class: `tag${row.mine ? " person" : ""}` }, row.taken_name && !row.mine ? `${row.taken_name} ${row.state_name}` : row.state_name),
      make("span", { class: "where" }, [row.channel, row.department].filter(Boolean).join(" · ")))));
  }

  choose(name) {
    this.chosen = name;
    this.mark();
  }

  mark() {
    const entries = $$(".entry", this.list);
    for (const entry of entries) {
      const chosen = entry.dataset.name === this.chosen;
      if (chosen) entry.setAttribute("aria-current", "true");
      else entry.removeAttribute("aria-current");
      entry.tabIndex = chosen ? 0 : -1;
    }
    if (entries.length && !entries.some((entry) => entry.tabIndex === 0)) entries[0].tabIndex = 0;
  }

  keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.step(step);
    }
  }

  step(by) {
    const entries = $$(".entry", this.list);
    if (!entries.length) return;
    const here = entries.indexOf(document.activeElement);
    const from = here >= 0 ? here : entries.findIndex((entry) => entry.dataset.name === this.chosen);
    const next = entries[Math.min(entries.length - 1, Math.max(0, from < 0 ? 0 : from + by))];
    entries.forEach((entry) => { entry.tabIndex = entry === next ? 0 : -1; });
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  focus() {
    ($(".entry[tabindex='0']", this.list) ?? $("#panel")).focus();
  }

  // The one in the list behind it, to go on with.
  after(id) {
    const rows = this.data.waiting.filter(({ takeable }) => takeable);
    const place = rows.findIndex((row) => row.id === id);
    return (rows[place + 1] ?? rows.find((row) => row.id !== id))?.id ?? null;
  }
}
