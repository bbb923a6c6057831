// The tree of situations: what is asked of a citizen on whose case the answer depends.

import { $$, fill, make } from "/static/desk_dom.js";
import { copy, define, freshId, touched, widget } from "/static/content_editor_widgets.js";

const OPTIONS = {
  type: "table", row: "选项",
  columns: [
    { name: "title", label: "选项", type: "text", required: true, wide: 3 },
    { name: "words", label: "群众会怎么说", type: "words", wide: 5, help: "用顿号隔开" },
  ],
};

define("words", (spec, value) => {
  const element = make("input", { type: "text", maxlength: 2000 });
  element.value = (value ?? []).join("、");
  const read = () => element.value.split(/[、，,;；|]/).map((word) => word.trim()).filter(Boolean);
  return { element, value: () => (read().length ? read() : undefined), at: () => element };
});

// Ids are never shown: they only tie entries to options, and stay when a title changes.
function fresh(taken, sign) {
  let number = 1;
  while (taken.has(`${sign}${number}`)) number += 1;
  taken.add(`${sign}${number}`);
  return `${sign}${number}`;
}

define("situations", (spec, value, page) => {
  const all = [];
  const ids = new Set((value ?? []).map(({ id }) => id));
  const list = make("div", { class: "situations" });
  const more = make("button", { type: "button", class: "add", onclick: () => add(undefined, true) }, "＋ 添加一个要问群众的问题");
  const element = make("div", {}, list, more);

  function add(situation, begun = false) {
    const id = situation?.id ?? fresh(ids, "s");
    const question = make("input", { type: "text", maxlength: 500, id: freshId() });
    question.value = situation?.question ?? "";
    const taken = new Set((situation?.options ?? []).map((option) => option.id));
    const begin = () => ({ id: fresh(taken, "o") });
    const options = widget({ ...OPTIONS, begin }, situation?.options ?? [begin(), begin()], page);
    const when = widget({ type: "when", before: id }, situation?.when, page);
    const name = make("label", { for: question.id });
    const one = {
      id, question, options, when, name,
      element: make("div", { class: "situation", role: "group" },
        make("div", { class: "row spread" }, name, make("span", { class: "acts" },
          act("↑", "上移", () => move(one, -1)), act("↓", "下移", () => move(one, 1)), act("✕", "删除", () => remove(one)))),
        question, options.element, make("div", { class: "asked-when" }, make("span", { class: "quiet" }, "什么情形下才问："), when.element)),
      value() {
        const given = when.value();
        const known = (options.value() ?? []).filter((option) => option.title || option.words);
        if (!question.value.trim() && !known.length) return undefined;
        return { ...(given ? { when: given } : {}), id, question: question.value.trim(), options: known };
      },
    };
    all.push(one);
    list.append(one.element);
    number();
    if (begun) {
      question.focus();
      touched(element);
    }
  }

  const act = (sign, title, onclick) => make("button", { type: "button", "data-act": title, onclick }, sign);

  function move(one, step) {
    const from = all.indexOf(one);
    const to = from + step;
    if (to < 0 || to >= all.length) return;
    all.splice(from, 1);
    all.splice(to, 0, one);
    fill(list, ...all.map((each) => each.element));
    number();
    one.element.querySelector(`[data-act=${step < 0 ? "上移" : "下移"}]`).focus();
    touched(element);
  }

  function remove(one) {
    all.splice(all.indexOf(one), 1);
    one.element.remove();
    number();
    more.focus();
    touched(element);
  }

  // How far below others a question stands: it is asked only after theirs.
  function depth(one, above = new Set()) {
    const over = Object.keys(one.when.value() ?? {}).map((id) => all.find((each) => each.id === id)).filter((each) => each && !above.has(each.id));
    return over.length ? 1 + Math.max(...over.map((each) => depth(each, new Set([...above, one.id])))) : 0;
  }

  function number() {
    all.forEach((one, index) => {
      one.name.textContent = `问题 ${index + 1}`;
      one.element.setAttribute("aria-label", `情形 ${index + 1}`);
      one.element.style.marginInlineStart = `${Math.min(depth(one), 3) * 1.5}rem`;
      for (const button of $$(":scope > .row [data-act]", one.element)) button.setAttribute("aria-label", `${button.dataset.act}问题 ${index + 1}`);
    });
  }

  const read = () => { const found = all.map((one) => one.value()).filter(Boolean); return found.length ? found : undefined; };
  page.situations = () => read() ?? [];
  (value ?? []).forEach((situation) => add(situation));
  element.addEventListener("input", () => { number(); page.refreshWhen(); });
  return {
    element,
    value: () => copy(read()),
    at([index, part, ...path]) {
      const one = all.filter((each) => each.value())[Number(index)];
      if (!one) return element;
      return part === "question" ? one.question : part === "options" ? one.options.at(path) : one.element;
    },
  };
});
