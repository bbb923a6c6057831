// What lies beside a conversation: the knowledge base, sentences ready to be sent, notes, and what is known.

import { get, post, Refused } from "/static/api.js";
import { ask, sure } from "/static/desk_dialogs.js";
import { $, $$, at, fill, make, plainMasks, tabs, withMasks } from "/static/desk_dom.js";
import { sources } from "/static/desk_lines.js";

export class Beside {
  // page: composer, trouble(error), note(text), open(kind, id), departments, supervisor
  constructor(page) {
    this.page = page;
    this.canned = [];
    this.pick = tabs($(".beside .tabs"), (tab) => {
      for (const panel of $$(".beside > [role=tabpanel]")) panel.hidden = panel.id !== tab.getAttribute("aria-controls");
    });
    $("#beside-knowledge .search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search($("#search").value);
    });
    $("#filter").addEventListener("input", () => this.listCanned());
    $("#canned-new").addEventListener("click", () => this.edit());
    $("#beside-notes .note").addEventListener("submit", (event) => {
      event.preventDefault();
      this.note();
    });
    for (const [id, list] of [["search", "#beside-knowledge"], ["filter", "#beside-canned"]]) {
      $(`#${id}`).addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown") $(`${list} .found .use`)?.focus();
      });
    }
  }

  show(name) {
    const tab = $(`[data-beside=${name}]`);
    this.pick(tab);
    this.page.go("beside");
    ({ knowledge: $("#search"), canned: $("#filter"), notes: $("#note") })[name]?.focus();
  }

  // fresh: the conversation has just been opened
  fill(view, fresh) {
    this.id = view.head.id;
    this.region = view.head.region_code;
    $("[data-beside=notes] b").hidden = !view.notes.length;
    $("[data-beside=notes] b").textContent = view.notes.length;
    const reveal = (...all) => this.page.talk.reveal(...all);
    $("#beside-notes .found").replaceChildren(...view.notes.map(({ name, text, at: then }) => make("li", { class: "slip" },
      make("p", { class: "quiet" }, `${name} ${at(then)}`), make("p", { class: "text" }, withMasks(text, reveal)))));
    this.facts(view);
    if (!fresh) return;
    const asked = view.head.question || view.lines.filter(({ who }) => who === "citizen").at(-1)?.text || "";
    $("#search").value = plainMasks(asked).slice(0, 200);
    if (asked && view.head.state !== "closed") this.search(asked, true);
    else $("#beside-knowledge .found").replaceChildren();
  }

  clear() {
    this.id = null;
    this.turn?.abort(); // what is still being searched for was somebody else's
    this.turn = null;
    $("#beside-knowledge .found").removeAttribute("aria-busy");
    $("[data-beside=notes] b").hidden = true;
    for (const found of $$(".beside .found")) if (!found.closest("#beside-canned")) found.replaceChildren();
    $("#beside-facts").replaceChildren();
  }

  facts({ head, hands, visits }) {
    const rows = [
      ["渠道", head.channel], ["地区", head.region || "未说明"], ["部门", head.department || "不限"],
      ["事项", head.topic || "未识别"], ["请求时间", at(head.opened_at)], ["咨询编号", String(head.id)],
      head.outcome ? ["处理结果", head.outcome] : null,
    ].filter(Boolean);
    fill($("#beside-facts"),
      make("dl", {}, rows.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
      make("h3", {}, "经手"),
      make("ol", { class: "hands" }, hands.map((one) => make("li", {}, `${at(one.since)} ${one.state}${one.name ? `：${one.name}` : one.department ? `：${one.department}` : ""}`))),
      visits.length ? make("h3", {}, "以前转过人工") : null,
      make("ul", { class: "hands" }, visits.map(({ id, opened_at: then, topic }) => make("li", {},
        make("button", { type: "button", class: "plain", onclick: () => this.page.open("talk", id) }, `${at(then)} ${plainMasks(topic)}`)))));
  }

  find(text) {
    this.show("knowledge");
    $("#search").value = plainMasks(text).slice(0, 200);
    this.search(text);
  }

  // The newest search counts; one before is given up. A browser asks a server six things at once: searches that wait
  // for the knowledge base to be opened would leave no room for the conversation itself.
  async search(text, quiet = false) {
    const box = $("#beside-knowledge .found");
    this.turn?.abort();
    const turn = this.turn = new AbortController();
    if (!text.trim()) return box.replaceChildren();
    box.setAttribute("aria-busy", "true");
    try {
      const { found } = await post("/desk/knowledge", { text: text.slice(0, 500), region: this.region }, { background: quiet, signal: turn.signal });
      if (turn !== this.turn) return;
      box.replaceChildren(...(found.length ? found.map((one, place) => this.unit(one, place)) : [make("p", { class: "quiet" }, "知识库里没有找到。换个说法试试，或在答复后点“补充知识库”。")]));
    } catch (error) {
      if (turn !== this.turn || !(error instanceof Refused)) return;
      box.replaceChildren(make("p", { class: "warn" }, error.message));
    } finally {
      if (turn === this.turn) box.removeAttribute("aria-busy");
    }
  }

  // What a unit says by now, which an answer was drawn from.
  async look({ kind, id, aspect, title }) {
    this.show("knowledge");
    $("#search").value = title ?? "";
    const { found } = await post("/desk/knowledge/aspect", { kind, id, aspect: aspect ?? "" });
    $("#beside-knowledge .found").replaceChildren(found ? this.unit(found) : make("p", { class: "warn" }, "这条内容已经下线，请不要再按原来的答复告诉群众。"));
  }

  unit(one, place = 0) {
    const first = place === 0;
    const card = make("article", { class: "unit" });
    const draw = (shown, opened = false) => {
      const use = make("button", { type: "button", class: "use main" }, "填入答复");
      use.addEventListener("click", () => this.use(shown));
      card.replaceChildren(
        make("h3", {}, make("span", { class: "tag" }, shown.kind_name), ` ${shown.title}`),
        shown.in_force ? "" : make("p", { class: "warn" }, "不在有效期内，请核对后再答复。"),
        make("p", { class: "text folded" }, shown.text),
        shown.aspects.length > 1 ? make("details", { open: first || opened }, make("summary", {}, "问的是别的"), make("div", { class: "aspects", role: "group", "aria-label": "要素" }, shown.aspects.map(({ id, name }) => {
          const button = make("button", { type: "button", class: "aspect", "aria-pressed": String(id === shown.aspect) }, name);
          button.addEventListener("click", async () => {
            const { found } = await post("/desk/knowledge/aspect", { kind: shown.kind, id: shown.id, aspect: id });
            if (found) draw(found, true);
            $("[aria-pressed=true]", card)?.focus();
          });
          return button;
        }))) : "",
        make("div", { class: "row" }, use,
          make("button", { type: "button", class: "plain", onclick: (event) => {
            const folded = $(".text", card).classList.toggle("folded");
            event.target.textContent = folded ? "看全文" : "收起";
          } }, "看全文"),
          shown.verified_on ? make("small", {}, `核对于 ${shown.verified_on}`) : ""),
        shown.sources.length ? make("details", {}, make("summary", {}, `依据 ${shown.sources.length} 项`), sources(shown.sources)) : "");
    };
    draw(one);
    return card;
  }

  // The release goes with it: should the unit change before it is sent, the server says so.
  use({ kind, id, aspect, title, release, text }) {
    this.put(text, { kind, id, aspect, title, release, text });
  }

  async loadCanned() {
    ({ canned: this.canned } = await get("/desk/canned", { background: true }));
    this.listCanned();
  }

  listCanned() {
    const wanted = $("#filter").value.trim().toLowerCase();
    const found = this.canned.filter(({ title, text }) => `${title}${text}`.toLowerCase().includes(wanted));
    const scope = (one) => (one.mine ? "我的" : one.scope === "office" ? "全员" : one.scope);
    $("#beside-canned .found").replaceChildren(...(found.length ? found.map((one) => make("li", { class: "slip" },
      make("button", { type: "button", class: "use plain", onclick: () => this.useCanned(one) },
        make("strong", {}, one.title), make("span", { class: "tag" }, scope(one)), make("span", { class: "text" }, one.text)),
      one.changeable ? make("div", { class: "row" },
        make("button", { type: "button", class: "plain", onclick: () => this.edit(one) }, "修改"),
        make("button", { type: "button", class: "plain", onclick: () => this.remove(one) }, "删除")) : ""))
      : [make("li", { class: "quiet" }, this.canned.length ? "没有符合的常用语。" : "还没有常用语，点“新增”写一条。")]));
  }

  useCanned({ text }) {
    this.put(text);
  }

  put(text, unit = null) {
    this.page.go("talk");
    if (!this.page.composer().insert(text, unit)) this.page.note("请先打开一个可以回复的会话。");
  }

  async edit(one = null) {
    const scopes = [["mine", "只有我"], ...(this.page.supervisor ? [["office", "全员"], ...this.page.departments.map((name) => [name, name])] : [])];
    const given = await ask("canned", { options: { scope: scopes }, values: one ? { title: one.title, text: one.text, scope: one.scope } : { text: this.page.composer().text.value } });
    if (given) await this.try(() => post("/desk/canned", { ...given, id: one?.id ?? null }));
  }

  async remove(one) {
    if (await sure(`删除常用语“${one.title}”？`)) await this.try(() => post("/desk/canned/remove", { id: one.id }));
  }

  async note() {
    const text = $("#note").value;
    if (!text.trim() || !this.id) return;
    if (await this.try(() => post(`/desk/conversations/${this.id}/note`, { text }))) {
      $("#note").value = "";
      this.page.talk.load();
    }
  }

  async try(work) {
    try {
      await work();
      await this.loadCanned();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.page.trouble(error);
      return false;
    }
  }
}

