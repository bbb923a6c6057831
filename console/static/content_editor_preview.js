// Beside the form: what citizens will see, worded by the server as it words their answers.

import { post } from "/static/api.js";
import { $, fill, make, tabs } from "/static/desk_dom.js";
import { card } from "/static/web-chat/card.js";

const PAUSE = 400;
const words = { card: JSON.parse($("#card-words").textContent) };

export class Preview {
  constructor({ facts, form, told }) {
    Object.assign(this, { facts, form, told, mode: "wechat", chosen: {}, asked: 0 });
    $("#preview-region").append(...facts.regions.map(([code, name]) => make("option", { value: code }, name)));
    $("#preview-aspects").hidden = !facts.aspects.length;
    this.aspect = $("#preview-aspect");
    this.aspect.append(...facts.aspects.map(([id, name]) => make("option", { value: id }, name)));
    this.pick = tabs($("#preview [role=tablist]"), (tab) => {
      this.mode = tab.id.replace("tab-", "");
      $("#preview-shown").setAttribute("aria-labelledby", tab.id);
      if (this.answer) this.draw();
    });
    $("#preview").addEventListener("change", (event) => { if (event.target.closest(".preview-asked")) this.now(); });
  }

  // Whoever writes of fees sees what is said of fees.
  follow(aspect) {
    if (aspect === this.aspect.value || !this.facts.aspects.some(([id]) => id === aspect)) return;
    this.aspect.value = aspect;
    this.now();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), PAUSE);
  }

  async now() {
    clearTimeout(this.timer);
    const turn = this.asked += 1;
    const body = this.form().value();
    this.situations(body.situations ?? []);
    const question = {
      kind: this.facts.kind, id: this.facts.id, body, choices: this.chosen,
      day: $("#preview-day").value || null, region: $("#preview-region").value || null,
      aspect: this.aspect.value || null,
    };
    try {
      const answer = await post("/content/preview", question);
      if (turn !== this.asked) return;
      if (answer.faults) this.note(make("span", {}, `有 ${answer.faults.length} 处没有填好，下面是填好时的样子：`, faultsOf(answer.faults)));
      else {
        this.answer = answer;
        this.note(answer.told ? `在这一天、这个地方，答复的是另一条：“${answer.told}”。` : "");
        this.draw();
      }
    } catch (error) {
      if (turn === this.asked) this.note(error.message);
    }
  }

  note(said) {
    $("#preview-note").hidden = !said;
    fill($("#preview-note"), said);
  }

  // The questions of the tree that come up with what was answered so far.
  situations(all) {
    const box = $("#preview-situations");
    const open = all.filter((one) => Object.entries(one.when ?? {}).every(([id, wanted]) => wanted.includes(this.chosen[id])));
    for (const id of Object.keys(this.chosen)) {
      const one = open.find((each) => each.id === id);
      if (!one?.options.some((option) => option.id === this.chosen[id])) delete this.chosen[id];
    }
    const drawn = JSON.stringify(open.map(({ id, question, options }) => [id, question, options.map((option) => [option.id, option.title])]));
    box.hidden = !open.length;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    fill($(".preview-asked", box), ...open.map((one) => {
      const select = make("select", { id: `try-${one.id}` }, make("option", { value: "" }, "还不知道"), ...one.options.map(({ id, title }) => make("option", { value: id }, title || "（没有写选项）")));
      select.value = this.chosen[one.id] ?? "";
      select.addEventListener("change", () => {
        if (select.value) this.chosen[one.id] = select.value;
        else delete this.chosen[one.id];
      });
      return make("div", { class: "situation-asked" }, make("label", { for: select.id }, one.question || "（没有写问题）"), select);
    }));
  }

  draw() {
    const { answer, mode } = this;
    const shown = $("#preview-shown");
    $("#tab-tried").hidden = !answer.tried.length;
    if (mode === "tried" && !answer.tried.length) return this.pick($("#tab-wechat"));
    if (mode === "web") this.web(shown, answer.web);
    else if (mode === "tried") fill(shown, this.tried(answer.tried));
    else fill(shown, make("div", { class: `phone ${mode}` }, ...answer[mode].flatMap((page, index) => [
      index ? make("p", { class: "between" }, "群众回复“更多”") : null, ...page.map(bubble),
    ])));
  }

  // What holds in the situation that was chosen above.
  tried(found) {
    return make("div", { class: "tried" }, make("p", { class: "quiet" }, Object.keys(this.chosen).length ? "按上面选的情况：" : "上面还没有选，各种情况都列出："),
      ...found.map(({ name, text }) => make("div", {}, make("h3", {}, name), make("p", { class: "said" }, text))));
  }

  // In a frame of its own, so that the web chat's styles are its own, too.
  web(shown, body) {
    let frame = $("iframe", shown);
    if (!frame) {
      frame = make("iframe", { title: "网页咨询里的样子", srcdoc: '<!doctype html><html lang="zh-CN"><link rel="stylesheet" href="/static/web-chat/chat.css"><body><main class="scroll"><div class="column"><div class="log"></div></div></main></body></html>' });
      frame.addEventListener("load", () => { if (this.mode === "web") this.web(shown, this.answer.web); });
      fill(shown, frame);
      return;
    }
    const log = frame.contentDocument?.querySelector(".log");
    if (log) log.onclick = (event) => event.preventDefault(); // its links are the gateway's
    log?.replaceChildren(make("div", { class: "message them robot" }, card(body, words, () => {})));
  }
}

const faultsOf = (faults) => make("ul", {}, ...faults.slice(0, 5).map(({ text }) => make("li", {}, text)));

function bubble(part) {
  if (part.image) return make("p", { class: "bubble" }, `［图片］${part.image}`);
  if (!part.choices) return make("p", { class: "bubble" }, part.text);
  return make("div", { class: "bubble" }, part.text, make("ul", {}, ...part.choices.map((title) => make("li", {}, title))), part.tail);
}
