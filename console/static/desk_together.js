// Same questions: one answer to all who wait with them, each of whom gets it, and a record, for themselves.

import { get, post, Refused } from "/static/api.js";
import { renewed } from "/static/desk_composer.js";
import { $, make, plainMasks, serverSays, since, uuid } from "/static/desk_dom.js";

export class Together {
  constructor(page) {
    this.page = page;
    this.groups = [];
  }

  async load() {
    const { groups, now } = await get("/desk/alike", { background: true });
    serverSays(now);
    this.groups = groups;
    this.page.lists.groups(groups.length, groups.reduce((sum, { rows }) => sum + rows.length, 0));
  }

  open() {
    $(".talk .head").replaceChildren(
      make("div", { class: "title" },
        make("button", { type: "button", class: "back", onclick: () => this.page.go("list") }, "‹ 列表"), make("h2", {}, "同类问题")),
      make("p", { class: "quiet" }, "勾选的每位群众都会收到同一答复、各自的咨询记录号和满意度评价，并直接办结。"));
    $(".talk .notices").replaceChildren();
    const log = $(".talk .log");
    log.setAttribute("aria-live", "off");
    log.replaceChildren(...this.groups.map((group) => this.group(group)));
    log.scrollTop = 0;
    $(".aim", log)?.click();
    if (!this.groups.length) log.replaceChildren(make("p", { class: "quiet" }, "现在没有同类问题。"));
  }

  group({ title, rows }) {
    const text = make("textarea", { rows: 5, maxlength: 2000, "aria-label": `答复：${plainMasks(title)}`, placeholder: "从右边知识库“填入答复”，或直接写" });
    const result = make("div", { role: "status" });
    const button = make("button", { type: "button", class: "main" });
    const boxes = rows.map((row) => make("input", { type: "checkbox", checked: !row.window?.shut, disabled: Boolean(row.window?.shut), value: row.id }));
    const ids = () => boxes.filter(({ checked }) => checked).map(({ value }) => Number(value));
    const quoted = make("p", { class: "quoted", hidden: true });
    const recount = () => {
      if (!text.value.trim()) target.unit = null;
      quoted.hidden = !target.unit;
      if (target.unit) quoted.replaceChildren(make("span", {}, `依据知识库：${target.unit.title}`),
        make("button", { type: "button", class: "plain", onclick: () => { target.unit = null; recount(); } }, "不引用"));
      button.textContent = `答复并办结 ${ids().length} 位`;
      button.disabled = !ids().length || !text.value.trim();
    };
    const target = { text, unit: null, insert: (put, unit = null) => {
      text.value = renewed(text.value, target.unit, unit) ?? (text.value ? `${text.value}\n${put}` : put);
      if (unit) target.unit = unit;
      recount();
      text.focus();
      return true;
    } };
    const aim = () => {
      this.page.aim = target;
      this.page.beside.search(rows[0].question || title, true);
      $("#search").value = plainMasks(rows[0].question || title);
    };
    const key = uuid();
    text.addEventListener("input", recount);
    text.addEventListener("focus", () => { if (this.page.aim !== target) aim(); });
    boxes.forEach((box) => box.addEventListener("change", recount));
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const done = await post("/desk/together", { ids: ids(), text: text.value, key, from: target.unit, outcome: "answered", topic: target.unit?.title ?? plainMasks(title) });
        const refused = Object.entries(done.refused);
        result.replaceChildren(make("p", { class: "done" }, `已答复并办结 ${done.said.length} 位。`),
          ...(refused.length ? [make("p", { class: "warn" }, `${refused.length} 位没有答复：${[...new Set(refused.map(([, why]) => why))].join(" ")}`)] : []));
        button.disabled = Boolean(done.said.length); // or it can be sent again, as it is or changed
        boxes.forEach((box) => { if (done.said.includes(Number(box.value))) box.closest("li").remove(); });
        if (done.said.length) text.readOnly = true;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        result.replaceChildren(make("p", { class: "warn" }, error.message));
        button.disabled = false;
      }
      this.page.refresh();
    });
    recount();
    return make("section", { class: "group" },
      make("h3", {}, `${plainMasks(title)}（${rows.length} 位）`),
      make("ul", {}, rows.map((row, index) => make("li", {}, make("label", { class: "choice" }, boxes[index],
        make("span", {}, plainMasks(row.question)), " ", since(row.opened_at, "等候 ", "", "quiet"),
        row.window ? make("span", { class: `window${row.window.soon ? " soon" : ""}` }, row.window.brief) : "")))),
      text, quoted, make("div", { class: "row" }, make("button", { type: "button", class: "aim", onclick: aim }, "查知识库"), make("span", { class: "gap" }), button), result);
  }
}
