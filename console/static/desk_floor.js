// The supervisors' floor: figures, agents, every conversation; and a way into each.

import { get, listen, post, Refused } from "/static/api.js";
import { ask } from "/static/desk_dialogs.js";
import { $, at, facts, lasting, make, plainMasks, serverSays, since, tick } from "/static/desk_dom.js";
import { line } from "/static/desk_lines.js";
import { fetching } from "/static/fetching.js";

const AT_MOST_EVERY = 1000;
let agents = [];

function trouble(error) {
  $("#banner").textContent = error.message;
  $("#banner").hidden = false;
}

async function attempt(work) {
  try {
    $("#banner").hidden = true;
    return await work() ?? {};
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    trouble(error);
    return null;
  } finally {
    soon("floor");
  }
}

const seconds = (value) => (value === null ? "—" : lasting(value * 1000));

function figures(floor) {
  const there = floor.agents.filter(({ takes }) => takes);
  const today = floor.today;
  const all = [
    ["正在排队", floor.waiting, floor.waiting > 0 && !there.length],
    ["最久已等", seconds(floor.longest_wait), floor.longest_wait > 600],
    ["在岗坐席", there.length, floor.open && !there.length],
    ["接待中", floor.agents.reduce((sum, { load }) => sum + load, 0), false],
    ["超时待办", floor.overdue, floor.overdue > 0],
    ["今天转人工", today.handovers, false],
    ["今天接入", today.taken, false],
    ["等候中位数", seconds(today.wait_median), false],
    ["首次回复中位数", seconds(today.first_reply_median), false],
    ["没等到就离开", today.left, false],
  ];
  $("#figures").replaceChildren(...all.map(([name, value, pressing]) => make("li", { class: pressing ? "pressing" : null }, make("strong", {}, String(value)), make("span", { class: "quiet" }, name))));
}

function agentRow(one) {
  const state = one.takes ? "在岗" : one.present ? "暂离" : "不在";
  return make("tr", {},
    make("td", {}, one.name), make("td", {}, make("span", { class: `badge${one.takes ? "" : " off"}` }, state)),
    make("td", {}, String(one.load)), make("td", {}, String(one.capacity)),
    make("td", {}, one.departments.join("、") || "没有"),
    make("td", {}, make("button", { type: "button", onclick: () => setAgent(one) }, "设置")));
}

async function setAgent(one) {
  const { own } = one;
  const given = await ask("agent", { values: { capacity: own.capacity, departments: own.departments?.join("，") }, prepare: () => {
    $("#agent-capacity").placeholder = own.capacity ? "" : one.capacity;
    $("#agent-departments").placeholder = own.departments ? "" : one.departments.join("，");
  } });
  if (!given) return;
  const departments = given.departments.split(/[,，、]/).map((name) => name.trim()).filter(Boolean);
  await attempt(() => post("/desk-floor/agent", { account: one.account, capacity: given.capacity ? Number(given.capacity) : null, departments: departments.length ? departments : null }));
}

function talkRow(row) {
  const waiting = row.state === "waiting";
  return make("tr", {},
    make("td", {}, make("strong", {}, row.topic || plainMasks(row.question)), row.topic ? make("div", { class: "question" }, plainMasks(row.question)) : ""),
    make("td", {}, row.tags.map(({ text, tone }) => make("span", { class: `tag ${tone}` }, text))),
    make("td", {}, [row.channel, row.department].filter(Boolean).join(" · "), row.window ? make("div", { class: row.window.soon ? "pressing" : "quiet" }, row.window.brief) : ""),
    make("td", {}, waiting ? "排队" : `${row.assigned_name}接待`),
    make("td", {}, waiting ? since(row.opened_at) : row.owes ? since(row.last_citizen_at, "待回复 ", "", "pressing") : "—"),
    make("td", {},
      make("button", { type: "button", onclick: () => stepIn(row) }, "介入"),
      make("button", { type: "button", onclick: () => assign(row) }, "指派"),
      make("button", { type: "button", onclick: () => location.assign(`/desk?open=${row.id}`) }, "查看")));
}

async function stepIn(row) {
  const done = await attempt(() => post(`/desk/conversations/${row.id}/assign`, { to: facts.me, version: row.version }));
  if (done) location.assign(`/desk?open=${row.id}`);
}

async function assign(row) {
  const there = agents.filter(({ present, account }) => present && account !== row.assigned_to);
  const given = await ask("assign", { options: { to: there.map(({ account, name, load, capacity }) => [account, `${name}（${load} / ${capacity}）`]) } });
  if (given) await attempt(() => post(`/desk/conversations/${row.id}/assign`, { to: given.to, version: row.version }));
}

function empty(body, columns, text) {
  if (!body.children.length) body.append(make("tr", {}, make("td", { colspan: columns, class: "quiet" }, text)));
}

// Whoever has the focus in a table keeps it: its rows are replaced.
function fill(id, rows, columns, text) {
  const body = $(`#${id} tbody`);
  const buttons = [...body.querySelectorAll("button")];
  const place = buttons.indexOf(document.activeElement);
  body.replaceChildren(...rows);
  empty(body, columns, text);
  if (place >= 0) body.querySelectorAll("button")[place]?.focus();
}

async function load() {
  const floor = await get("/desk-floor/now", { background: true });
  serverSays(floor.now);
  agents = floor.agents;
  figures(floor);
  fill("agents", agents.map(agentRow), 6, "还没有坐席账号。");
  fill("rows", floor.rows.map(talkRow), 6, "现在没有转人工的会话。");
}

const soon = fetching({ floor: load }, AT_MOST_EVERY, trouble);

async function loadTalks() {
  const found = await attempt(() => get("/desk-floor/talks"));
  if (!found?.talks) return;
  fill("talks", found.talks.map((one) => make("tr", {},
    make("td", {}, plainMasks(one.said)), make("td", {}, plainMasks(one.answered)), make("td", {}, one.channel),
    make("td", {}, at(one.at)),
    make("td", {}, make("button", { type: "button", onclick: () => look(one) }, "查看")))), 5, "最近两小时没有对话。");
}

async function look({ id }) {
  const found = await attempt(() => get(`/desk-floor/talks/${id}`));
  if (!found?.lines) return;
  const hooks = { reveal: null, look: () => {}, phone: () => {} };
  const given = await ask("talk", { prepare: (dialog) => {
    $(".log", dialog).replaceChildren(...found.lines.map((one) => line(one, hooks)));
    requestAnimationFrame(() => { $(".log", dialog).scrollTop = 1e6; });
  } });
  if (!given) return;
  const done = await attempt(() => post(`/desk-floor/talks/${id}/step-in`));
  if (done) location.assign(`/desk?open=${done.id}`);
}

$("#talks-load").addEventListener("click", loadTalks);
listen((changed) => {
  if (changed.some((topic) => topic === "*" || ["queue", "presence", "tasks"].includes(topic))) soon("floor");
}, (on) => { $("#connection").textContent = on ? "已连接" : "连接中断，正在重连"; });
setInterval(tick, 15000);
loadTalks();
