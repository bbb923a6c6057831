// What lies behind the chat: allowance, callbacks with their attempts, calls of the interface.

import { clock, fill, find, make, words } from "./dom.js";

const text = words.panel;
const LOOKS = { acknowledged: "good", message: "good", late: "slow", failed: "bad", fault: "bad" };

export function showPanel(state) {
  const { account } = state;
  set("mode", account.mode);
  set("format", account.format);
  find("verified").checked = account.verified;
  find("menus").checked = account.menus;
  const corporate = account.channel.startsWith("wecom");
  find("mode").disabled = corporate;
  for (const id of ["format", "format-label"]) find(id).hidden = account.channel !== "miniprogram";
  for (const id of ["verified", "menus"]) find(id).closest("label").hidden = corporate;

  const allowance = state.left
    ? fill(text.left, state) + fill(text.until, { until: clock(state.until, true) })
    : text.left_none;
  const serving = state.serving === null ? null : fill(text.serving, { state: text.states[state.serving] });
  const facts = [
    account.channel === "wecom" ? null : allowance,
    serving,
    fill(text.tokens, state),
    fill(text.clock, { now: clock(state.now, true) }),
  ];
  find("facts").replaceChildren(...facts.filter(Boolean).map((fact) => make("li", {}, fact)));
  list("posted", state.posted.map(posted), text.posted_none);
  list("calls", state.calls.map(call), text.calls_none);
}

function posted({ id, kind, done, attempts }) {
  const lines = attempts.map((attempt, index) => {
    const said = text.outcomes[attempt.outcome];
    const parts = [
      fill(text.attempt, { number: index + 1 }),
      fill(text.seconds, { seconds: attempt.seconds.toFixed(2) }),
      attempt.why ? `${said}（${attempt.why}）` : said,
    ];
    return make("span", { class: LOOKS[attempt.outcome] }, parts.join(" · "));
  });
  if (!done && attempts.length < 3) lines.push(make("span", { class: "slow" }, text.waiting));
  const at = attempts.length ? make("time", {}, clock(attempts[0].at)) : null;
  const name = text.kinds[kind] ?? kind;
  return make("li", { "data-posted": id }, make("span", { class: "what" }, name, at), make("span", { class: "attempts" }, ...lines));
}

function call({ path, errcode, note, at }) {
  const result = note || (errcode ? fill(text.refused, { errcode }) : text.ok);
  return make(
    "li",
    { class: "calls" },
    make("span", { class: "what" }, path, make("time", {}, clock(at))),
    make("span", { class: errcode || note ? "bad" : "good" }, result),
  );
}

function list(id, items, none) {
  find(id).replaceChildren(...(items.length ? items.reverse() : [make("li", { class: "none" }, none)]));
}

function set(id, value) {
  if (document.activeElement !== find(id)) find(id).value = value;
}
