// In which situations an entry holds: nothing ticked, in all of them.

import { fill, make } from "/static/desk_dom.js";
import { define } from "/static/content_editor_widgets.js";

const MOST = 2; // titles named; of more there is the number

define("when", (spec, value, page) => {
  const held = new Map(Object.entries(value ?? {}).map(([id, options]) => [id, new Set(options)]));
  const summary = make("summary");
  const choices = make("div");
  const element = make("details", { class: "in-when" }, summary, choices);

  function refresh() {
    if (!element.isConnected && element.dataset.drawn) return page.forgetWhen(refresh);
    element.dataset.drawn = "yes";
    const found = page.situations();
    const place = found.findIndex(({ id }) => id === spec.before);
    const asked = spec.before ? (place < 0 ? found : found.slice(0, place)) : found;
    const gone = [...held.keys()].filter((id) => !asked.some((one) => one.id === id));
    element.hidden = !asked.length && !gone.length;
    const titles = asked.flatMap((one) => one.options.filter(({ id }) => held.get(one.id)?.has(id)).map(({ title }) => title));
    const lost = gone.length || asked.some((one) => [...held.get(one.id) ?? []].some((id) => !one.options.some((option) => option.id === id)));
    const many = titles.length > MOST ? `${titles.slice(0, MOST).join("、")}等 ${titles.length} 种` : titles.join("、");
    summary.textContent = many || (lost ? "" : "都适用");
    if (lost) summary.append(make("span", { class: "lost" }, "（有的情形已经删除）"));
    if (!element.open) return;
    draw(asked, gone);
  }

  function draw(asked, gone) {
    const boxes = asked.map((one) => {
      const options = [...one.options, ...[...held.get(one.id) ?? []].filter((id) => !one.options.some((option) => option.id === id)).map((id) => ({ id, title: "已经删除的选项" }))];
      return make("fieldset", {}, make("legend", {}, one.question || "（没有写问题）"), ...options.map((option) => box(one.id, option.id, option.title || "（没有写选项）")));
    });
    fill(choices, ...boxes, ...gone.map((id) => make("fieldset", {}, make("legend", {}, "已经删除的情形"), ...[...held.get(id)].map((option) => box(id, option, "已经删除的选项")))));
  }

  function box(situation, option, title) {
    const input = make("input", { type: "checkbox" });
    input.checked = held.get(situation)?.has(option) ?? false;
    input.addEventListener("change", () => {
      const options = held.get(situation) ?? new Set();
      if (input.checked) options.add(option);
      else options.delete(option);
      if (options.size) held.set(situation, options);
      else held.delete(situation);
      refresh();
    });
    return make("label", { class: "choice" }, input, title);
  }

  element.addEventListener("toggle", refresh);
  page.onSituations(refresh);
  queueMicrotask(refresh); // once it stands in its row
  return {
    element,
    value: () => (held.size ? Object.fromEntries([...held].map(([id, options]) => [id, [...options]])) : undefined),
    at: () => summary,
  };
});
