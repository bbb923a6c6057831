// The agents' page. The server's hints say that something changed; the page then fetches what is true.

import { get, listen, post, Refused } from "/static/api.js";
import { call, count, say } from "/static/desk_alerts.js";
import { Beside } from "/static/desk_beside.js";
import { $, facts, serverSays, tick } from "/static/desk_dom.js";
import { sweep } from "/static/desk_drafts.js";
import { keyboard } from "/static/desk_keys.js";
import { Lists } from "/static/desk_lists.js";
import { Talk } from "/static/desk_talk.js";
import { Task } from "/static/desk_task.js";
import { Together } from "/static/desk_together.js";
import { fetching } from "/static/fetching.js";

const AT_MOST_EVERY = 700;
const WITHOUT_LINE = 20000;
const BY_ITSELF = 60000; // windows run out, and nobody does anything
const TICK = 15000;
const desk = $("#desk");

const page = {
  me: facts.me,
  supervisor: facts.supervisor,
  staff: [],
  departments: [],
  aim: null,

  go(view) { desk.dataset.view = view; },
  composer() { return page.aim ?? page.talk.composer; },

  trouble(error) {
    $("#banner").textContent = error.message;
    $("#banner").className = "warn";
    $("#banner").hidden = false;
  },
  note(text) {
    $("#banner").textContent = text;
    $("#banner").className = "note";
    $("#banner").hidden = false;
  },
  calm() { $("#banner").hidden = true; },

  open(kind, id) {
    page.calm();
    page.aim = null;
    $(".talk .nothing").hidden = true;
    $(".talk .stage").hidden = false;
    page.lists.choose(`${kind}-${id}`);
    page.go("talk");
    $(".talk").classList.remove("of-task");
    if (kind === "talk") {
      page.task.close();
      page.talk.open(id);
    } else {
      page.talk.close();
      page.task.open(id);
    }
  },

  openGroups() {
    page.talk.close();
    page.task.close();
    page.lists.choose(null);
    $(".talk").classList.remove("of-task");
    $(".talk .nothing").hidden = true;
    $(".talk .stage").hidden = false;
    page.go("talk");
    page.together.open();
  },

  // What was open is done with.
  leave() {
    page.talk.close();
    page.task.close();
    page.aim = null;
    page.lists.choose(null);
    $(".talk .nothing").hidden = false;
    $(".talk .stage").hidden = true;
    page.beside.clear();
    page.go("list");
    page.lists.focus();
  },

  opened(view, fresh) { page.beside.fill(view, fresh); },
  refresh() { soon("lists"); },
};

page.lists = new Lists({ open: (kind, id) => page.open(kind, id), together: () => page.openGroups() });
page.beside = new Beside(page);
page.together = new Together(page);
page.talk = new Talk(page);
page.task = new Task(page);

// -- what is true, at most so often --

const soon = fetching({
  lists: fetchLists,
  groups: () => page.together.load(),
  talk: () => page.talk.load({ background: true }),
  task: () => page.task.load({ background: true }),
  canned: () => page.beside.loadCanned(),
}, AT_MOST_EVERY, (error) => page.trouble(error));

let known = null;

async function fetchLists() {
  const found = await get("/desk/lists", { background: true });
  serverSays(found.now);
  page.staff = found.staff;
  page.departments = found.departments;
  page.lists.fill(found);
  presence(found.me);
  const mine = found.waiting.filter(({ takeable }) => takeable);
  count(mine.length + found.mine.filter(({ owes }) => owes).length);
  tell(found, mine);
  $("#next").classList.toggle("main", mine.length > 0);
}

// Whoever is new in the queue, and whoever of one's own has written, is told of once.
function tell(found, takeable) {
  const now = new Map([...takeable.map(({ id }) => [`w${id}`, ""]), ...found.mine.filter(({ owes }) => owes).map(({ id, last_citizen_at: at }) => [`m${id}`, at])]);
  const fresh = known && [...now].filter(([name, at]) => known.get(name) !== at).map(([name]) => name);
  known = now;
  if (!fresh?.length) return;
  const open = `m${page.talk.id}`;
  if (fresh.some((name) => name.startsWith("m") && (name !== open || document.hidden))) call("有新消息，请查看“我的会话”。");
  else if (fresh.some((name) => name.startsWith("w"))) call("有新的群众等待接入。");
}

// -- oneself --

function presence(me) {
  const button = $("#available");
  button.setAttribute("aria-pressed", String(me.available));
  $(".label", button).textContent = me.available ? "在岗" : "暂离";
  $("#load").textContent = `接待中 ${me.load} / ${me.capacity}`;
}

$("#available").addEventListener("click", async () => {
  const on = $("#available").getAttribute("aria-pressed") !== "true";
  try {
    await post("/desk/available", { available: on });
    say(on ? "在岗，会继续接到新的群众" : "暂离，不再接到新的群众；手上的会话还在");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    page.trouble(error);
  }
  soon("lists");
});

function beat() {
  post("/desk/beat", {}, { background: true }).catch(() => {});
}

async function next() {
  if ($("#next").disabled) return;
  $("#next").disabled = true;
  try {
    const { id } = await post("/desk/next");
    page.calm();
    if (id === null) return page.note("现在没有您可以接待的群众。");
    page.lists.show("mine");
    page.open("talk", id);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    page.trouble(error);
  } finally {
    $("#next").disabled = false;
    soon("lists");
  }
}
$("#next").addEventListener("click", next);

keyboard(page, next);

for (const button of document.querySelectorAll("[data-to]")) button.addEventListener("click", () => page.go(button.dataset.to));

// -- the line to the server --

let line = null;
let polling = null;

function connected(on) {
  if (line === on) return;
  const before = line;
  line = on;
  const box = $("#connection");
  box.dataset.state = on ? "online" : "offline";
  box.textContent = on ? "已连接" : "连接中断，正在重连；期间的消息不会丢";
  if (on && before === false) say("已重新连接");
  clearInterval(polling);
  if (!on) polling = setInterval(() => { soon("lists"); soon("talk"); }, WITHOUT_LINE);
}

listen((changed) => {
  const all = changed.includes("*");
  const any = (...topics) => all || topics.some((topic) => changed.includes(topic));
  if (any("queue", "presence", "tasks", "approvals")) soon("lists");
  if (any("queue")) soon("groups");
  if (all || changed.includes(`conversation:${page.talk.id}`)) soon("talk");
  if (any("tasks", "approvals")) soon("task");
  if (any("canned")) soon("canned");
}, connected);

const asked = Number(new URLSearchParams(location.search).get("open"));
if (asked) page.open("talk", asked);
sweep();
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => sweep(true));
beat();
setInterval(beat, facts.beat_seconds * 1000);
setInterval(tick, TICK);
setInterval(() => { soon("lists"); soon("talk"); }, BY_ITSELF);
