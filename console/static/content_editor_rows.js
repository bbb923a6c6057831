// Tables: a row for each entry, with buttons to move and remove it. Flags stand in a line of their own below the rest,
// so rows are grids, and say by role that they are rows.

import { $, make } from "/static/desk_dom.js";
import { copy, define, touched, widget } from "/static/content_editor_widgets.js";

define("table", (spec, value, page) => {
  const rows = [];
  const body = make("tbody", { role: "rowgroup" });
  const more = make("button", { type: "button", class: "add", onclick: () => add(spec.begin?.(), true) }, `＋ 添加${spec.row}`);
  const across = spec.columns.filter(({ type }) => type !== "flags");
  const heads = across.map(({ label, help }) => make("th", { role: "columnheader" }, label, help ? make("small", {}, `（${help}）`) : null));
  const head = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads, make("th", { role: "columnheader" }, make("span", { class: "unseen" }, "移动和删除"))));
  const table = make("table", { class: "rows", role: "table" }, head, body);
  table.style.setProperty("--columns", `${across.map(({ type, wide }) => `minmax(${type === "date" ? "8.25rem" : 0}, ${wide ?? 1}fr)`).join(" ")} 6.25rem`);
  const element = make("div", {}, table, more);

  function add(entry, begun = false) {
    const row = Row(spec, entry, page);
    const acts = make("td", { class: "acts", role: "cell" },
      act("↑", "上移", () => move(row, -1)), act("↓", "下移", () => move(row, 1)), act("✕", "删除", () => remove(row)));
    const flags = $(".flags-cell", row.element);
    if (flags) flags.before(acts);
    else row.element.append(acts);
    row.element.addEventListener("keydown", (event) => {
      if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        move(row, event.key === "ArrowUp" ? -1 : 1, event.target);
      }
    });
    rows.push(row);
    body.append(row.element);
    number();
    if (begun) {
      $("input, textarea, select", row.element).focus();
      touched(element);
    }
  }

  const act = (sign, name, onclick) => make("button", { type: "button", "data-act": name, onclick }, sign);

  function move(row, step, focused) {
    const from = rows.indexOf(row);
    const to = from + step;
    if (to < 0 || to >= rows.length) return;
    rows.splice(from, 1);
    rows.splice(to, 0, row);
    if (step < 0) rows[to + 1].element.before(row.element);
    else rows[to - 1].element.after(row.element);
    number();
    (focused ?? $(`[data-act=${step < 0 ? "上移" : "下移"}]`, row.element)).focus();
    touched(element);
  }

  function remove(row) {
    const place = rows.indexOf(row);
    rows.splice(place, 1);
    row.element.remove();
    number();
    const next = rows[Math.min(place, rows.length - 1)];
    (next ? $("[data-act=删除]", next.element) : more).focus();
    touched(element);
  }

  function number() {
    table.hidden = !rows.length;
    rows.forEach((row, index) => row.number(index + 1, `${spec.row}${index + 1}`));
  }

  (value ?? []).forEach((entry) => add(entry));
  number();
  const filled = () => rows.filter((row) => row.value() !== undefined);
  return {
    element,
    value: () => { const found = filled().map((row) => row.value()); return found.length ? found : undefined; },
    at: ([index, ...path]) => filled()[Number(index)]?.at(path) ?? element,
  };
});

function Row(spec, entry, page) {
  const rest = copy(entry) ?? {};
  const cells = spec.columns.map((column) => [column, widget(column, column.type === "flags" ? rest : rest[column.name], page)]);
  const last = [...cells].sort(([one], [other]) => (one.type === "flags") - (other.type === "flags"));
  const element = make("tr", { role: "row" }, ...last.map(([{ label, type }, cell]) => make("td", { role: "cell", "data-label": label, class: type === "flags" ? "flags-cell" : null }, cell.element)));
  const names = cells.flatMap(([column]) => (column.type === "flags" ? column.flags.map((flag) => flag.name) : [column.name]));

  return {
    element,
    value() {
      const said = Object.fromEntries(Object.entries(rest).filter(([name]) => !names.includes(name)));
      for (const [column, cell] of cells) {
        const value = cell.value();
        if (column.type === "flags") Object.assign(said, value);
        else if (value !== undefined) said[column.name] = value;
      }
      return Object.keys(said).length ? said : undefined;
    },
    at([name, ...path]) {
      const found = cells.find(([column]) => column.name === name || column.flags?.some((flag) => flag.name === name));
      return found ? found[1].at(path) : element;
    },
    number(count, title) {
      element.dataset.number = count;
      for (const [{ label }, cell] of cells) {
        const main = cell.at([]);
        const named = main.matches("input, select, textarea") && !main.closest(".span") ? main : cell.element;
        if (named.matches("div")) named.setAttribute("role", "group");
        if (!named.matches("details")) named.setAttribute("aria-label", `${title}：${label}`);
      }
      for (const button of element.querySelectorAll("[data-act]")) button.setAttribute("aria-label", `${button.dataset.act}${title}`);
    },
  };
}
