// A field that names another unit: typed by title, kept by id.

import { get } from "/static/api.js";
import { make } from "/static/desk_dom.js";
import { define, freshId } from "/static/content_editor_widgets.js";

const PAUSE = 250;

define("unit", (spec, value, page) => {
  const kind = spec.of === "self" ? page.kind : spec.of;
  const options = make("datalist", { id: freshId() });
  const input = make("input", { type: "text", maxlength: 200, list: options.id, id: freshId(), placeholder: "输入名称查找" });
  const title = make("small");
  const element = make("div", { class: "unit" }, input, options, title);
  const found = new Map();
  let waiting = null;
  input.value = value ?? "";
  name();

  function name() {
    const id = input.value.trim();
    title.textContent = id ? page.titles[`${kind}:${id}`] ?? "没有查到这个编号" : "";
  }

  // Whoever typed the whole title meant its unit.
  function settle() {
    const meant = [...found].find(([, text]) => text === input.value.trim());
    if (meant) [input.value] = meant;
  }

  input.addEventListener("input", () => {
    settle();
    name();
    clearTimeout(waiting);
    const text = input.value.trim();
    if (!text) return;
    waiting = setTimeout(async () => {
      const answer = await get(`/content/find/${kind}?text=${encodeURIComponent(text)}`).catch(() => ({ found: [] }));
      found.clear();
      for (const one of answer.found) {
        found.set(one.id, one.title);
        page.titles[`${kind}:${one.id}`] = one.title;
      }
      options.replaceChildren(...[...found].map(([id, label]) => make("option", { value: id, label })));
      name();
    }, PAUSE);
  });
  const read = () => { settle(); return input.value.trim() || undefined; };
  return { element, value: read, at: () => input };
});
