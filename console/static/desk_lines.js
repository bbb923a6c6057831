// The lines of a conversation: who said what, on what an answer rests, whether it has arrived.

import { at, make, withMasks } from "/static/desk_dom.js";

const LONG = 260;

function source({ title, article, number, url }) {
  const name = /^[《〈]/.test(title) ? title : `《${title}》`;
  const safe = typeof url === "string" && /^https?:\/\//.test(url);
  return make("li", {}, safe ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name) : name, [article, number].filter(Boolean).join(" "));
}

export function sources(list) {
  return list?.length ? make("ul", { class: "sources" }, ...list.filter(({ title }) => title).map(source)) : null;
}

// What is known of an answer: the unit, its sources, number, day; `look` shows what the unit says by now.
function basis(answer, look) {
  if (!answer) return null;
  const facts = [
    answer.kind_name && answer.title ? `${answer.kind_name}：${answer.title}` : null,
    answer.record ? `记录号 ${answer.record}` : null,
    answer.verified_on ? `核对于 ${answer.verified_on}` : null,
  ].filter(Boolean);
  if (!facts.length && !answer.sources.length) return null;
  const listed = sources(answer.sources);
  return make("div", { class: "basis" },
    make("span", {}, facts.join(" · ")),
    answer.outdated ? make("button", { type: "button", class: "tag warn", onclick: () => look(answer) }, "内容已更新，看现在的答复") : null,
    listed ? make("details", {}, make("summary", {}, `依据 ${answer.sources.length} 项`), listed) : null);
}

function body(text, reveal) {
  const said = make("p", { class: "text" }, withMasks(text, reveal));
  if ([...text].length < LONG) return said;
  said.classList.add("folded");
  const more = make("button", { type: "button", class: "plain unfold" }, "展开");
  more.addEventListener("click", () => {
    const folded = said.classList.toggle("folded");
    more.textContent = folded ? "展开" : "收起";
  });
  return make("div", {}, said, more);
}

// hooks: reveal(token, kind, chip), look(answer), phone(text, key), find(text), picture(id, button)
export function line(one, hooks) {
  const who = { citizen: "群众", robot: "机器人", person: one.name ?? "工作人员" }[one.who];
  const long = one.who === "robot";
  return make("article", { class: `said ${one.who}`, "aria-label": who },
    make("p", { class: "who" }, make("span", {}, who), make("time", { datetime: one.at }, at(one.at)),
      one.who === "citizen" && hooks.find ? make("button", { type: "button", class: "plain find", onclick: () => hooks.find(one.text) }, "查知识库") : null),
    make("div", { class: "bubble" },
      long ? body(one.text, hooks.reveal) : make("p", { class: "text" }, withMasks(one.text, hooks.reveal)),
      one.picture && hooks.picture ? opener(one.id, hooks.picture) : null,
      one.choices.length ? make("p", { class: "choices" }, `可选：${one.choices.join("、")}`) : null,
      basis(one.answer, hooks.look)),
    one.delivery ? mark(one, hooks.phone) : null);
}

function opener(id, picture) {
  const button = make("button", { type: "button", class: "plain" }, "打开图片");
  button.addEventListener("click", () => picture(id, button));
  return button;
}

function mark({ delivery, text, key }, phone) {
  const failed = delivery.state === "failed" || delivery.state === "held" || delivery.state === "unknown";
  return make("p", { class: `mark${failed ? " pressing" : ""}` }, delivery.text,
    delivery.advice ? `：${delivery.advice}` : null,
    failed ? make("button", { type: "button", class: "plain", onclick: () => phone(text, key) }, "转电话待办") : null);
}

// One that the server does not show yet.
export function unsent(message, { retry, back, phone, look }) {
  const { trouble, stored, waits } = message;
  const state = trouble ? `没有发出：${trouble.text}` : stored ? "已存" : waits ? "连不上服务器，正在重试" : "发送中";
  return make("article", { class: "said person unsent", "aria-label": "我" },
    make("div", { class: "bubble" }, make("p", { class: "text" }, message.text)),
    make("p", { class: `mark${trouble ? " pressing" : ""}` }, state,
      trouble ? make("button", { type: "button", class: "plain", onclick: () => retry(message.key) }, "重发") : null,
      trouble ? make("button", { type: "button", class: "plain", onclick: () => back(message.key) }, "放回输入框") : null,
      trouble?.reason === "knowledge.changed" ? make("button", { type: "button", class: "plain", onclick: () => look(message.unit) }, "看现在的内容") : null,
      trouble?.reason === "window" ? make("button", { type: "button", class: "plain", onclick: () => phone(message.text, message.key) }, "转电话待办") : null));
}
