// What a form is made of. A widget is
//   element    what stands on the page
//   value()    what it says, as plain JSON; undefined where it says nothing
//   at(path)   the element that a path within its value names, where a fault is told: at(["0", "name"])
// Modules define the types of forms.yml; `page` is what all widgets of a page share.

import { make } from "/static/desk_dom.js";

const types = {};
let last = 0;

export const define = (type, build) => { types[type] = build; };
export const widget = (spec, value, page) => types[spec.type](spec, value, page);
export const freshId = () => `f${last += 1}`;
export const touched = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
export const copy = (value) => (value === undefined ? undefined : structuredClone(value));

export function get(body, path) {
  return path.split(".").reduce((value, name) => value?.[name], body);
}

// Sets a value, or takes it away; objects that hold nothing any more go with it.
export function put(body, path, value) {
  const [name, ...rest] = path.split(".");
  if (rest.length) {
    const inner = { ...body[name] };
    put(inner, rest.join("."), value);
    value = Object.keys(inner).length ? inner : undefined;
  }
  if (value === undefined) delete body[name];
  else body[name] = value;
}

// The same texts in the same places, in whatever order the keys are.
export function same(one, other) {
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
}

// A field: label, widget, help, and room for a fault.
export function field(spec, value, page) {
  const inner = widget(spec, value, page);
  const main = inner.at([]);
  const input = main.matches("input, select, textarea") && !["flag", "span"].includes(spec.type) ? main : null;
  if (input) input.id ||= freshId();
  const help = spec.help ? make("p", { class: "help", id: freshId() }, spec.help) : null;
  const name = [spec.label, spec.required ? make("span", { class: "must" }, "必填") : null];
  const group = !input && spec.type !== "flag";
  if (help) (input ?? inner.element).setAttribute("aria-describedby", help.id);
  const label = spec.type === "flag" ? null : group ? make("h3", { id: freshId() }, ...name) : make("label", { for: input.id }, ...name);
  if (group) {
    inner.element.setAttribute("role", "group");
    inner.element.setAttribute("aria-labelledby", label.id);
  }
  const wide = group || ["long", "texts"].includes(spec.type) || spec.whole;
  const element = make("div", { class: wide ? "field whole-field" : "field" }, label, inner.element, help);
  return { ...inner, element };
}

function simple(tag, attributes, spec, page, text, read) {
  const element = make(tag, { maxlength: 20000, ...attributes });
  if (spec.list) element.setAttribute("list", page.list(spec.list));
  element.value = text ?? "";
  return { element, value: () => read(element.value.trim()), at: () => element };
}

const said = (text) => text || undefined;
const whole = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : said(text));

define("text", (spec, value, page) => simple("input", { type: "text", maxlength: 2000 }, spec, page, value, said));
define("long", (spec, value, page) => simple("textarea", { rows: spec.rows ?? 1, class: "grow" }, spec, page, value, said));
define("date", (spec, value, page) => simple("input", { type: "date" }, spec, page, value, said));
define("number", (spec, value, page) => simple("input", { inputmode: "numeric", maxlength: 9 }, spec, page, value, whole));
define("amount", (spec, value, page) => simple("input", { inputmode: "decimal", maxlength: 20 }, spec, page, value, said));
define("texts", (spec, value, page) => simple(
  "textarea", { rows: spec.rows ?? 3, class: "grow" }, spec, page, value?.join("\n"),
  (text) => { const lines = text.split("\n").map((line) => line.trim()).filter(Boolean); return lines.length ? lines : undefined; },
));

export function choice(options, value) {
  const known = options.some(([id]) => id === (value ?? ""));
  const all = known ? options : [...options, [value, value]];
  return make("select", {}, ...all.map(([id, text]) => make("option", { value: id, selected: id === (value ?? "") }, text)));
}

define("region", (spec, value, page) => {
  const element = choice([["", "各地都适用"], ...page.regions.map(([code, name]) => [code, `${name}（${code}）`])], value);
  return { element, value: () => said(element.value), at: () => element };
});

define("answer", (spec, value) => {
  const element = choice([["", "没有说明"], ["true", "可以"], ["false", "不可以"]], value === undefined || value === null ? "" : String(value));
  return { element, value: () => ({ true: true, false: false })[element.value], at: () => element };
});

function checkbox(label, checked) {
  const input = make("input", { type: "checkbox", id: freshId() });
  input.checked = checked;
  return { input, element: make("label", { class: "choice", for: input.id }, input, label) };
}

// Said only where it is not what holds anyway.
define("flag", (spec, value) => {
  const usual = spec.default ?? false;
  const { input, element } = checkbox(spec.label, value ?? usual);
  return { element, value: () => (input.checked === usual ? undefined : input.checked), at: () => input };
});

// Several flags in one place; each is a value of its own beside the others of the row.
define("flags", (spec, value) => {
  const boxes = spec.flags.map((one) => [one.name, widget({ type: "flag", ...one }, value?.[one.name])]);
  const element = make("div", { class: "flags" }, ...boxes.map(([, box]) => box.element));
  const read = () => Object.fromEntries(boxes.map(([name, box]) => [name, box.value()]).filter(([, flag]) => flag !== undefined));
  return { element, value: read, at: () => element };
});

define("choices", (spec, value) => {
  const boxes = spec.options.map(([id, label]) => [id, checkbox(label, (value ?? []).includes(id))]);
  const others = (value ?? []).filter((id) => !spec.options.some(([known]) => known === id));
  const element = make("div", {}, ...boxes.map(([, box]) => box.element));
  const read = () => [...boxes.filter(([, box]) => box.input.checked).map(([id]) => id), ...others];
  return { element, value: () => (read().length ? read() : undefined), at: () => element };
});

define("span", (spec, value) => {
  const days = make("input", { inputmode: "numeric", maxlength: 9, "aria-label": `${spec.label}：天数` });
  days.value = value?.days ?? "";
  const unit = choice([["工作日", "工作日"], ["自然日", "自然日"]], value?.unit ?? "工作日");
  unit.setAttribute("aria-label", `${spec.label}：工作日还是自然日`);
  const element = make("div", { class: "span" }, days, unit);
  const read = () => (days.value.trim() ? { days: whole(days.value.trim()), unit: unit.value } : undefined);
  return { element, value: read, at: ([name]) => (name === "unit" ? unit : days) };
});

// Fields by their paths; what else a value holds stays in it.
define("group", (spec, value, page) => {
  const fields = spec.fields.map((one) => [one, field(one, get(value, one.path), page)]);
  const element = make("div", { class: "group" }, ...fields.map(([, one]) => one.element));
  const rest = copy(value) ?? {};
  const read = () => {
    for (const [{ path }, one] of fields) put(rest, path, one.value());
    return Object.keys(rest).length ? copy(rest) : undefined;
  };
  return { element, value: read, at: (path) => within(fields, path) ?? element };
});

// Of fields by path, the element that a path names.
export function within(fields, path) {
  const text = path.join(".");
  const found = fields.filter(([{ path: own }]) => text === own || text.startsWith(`${own}.`) || own.startsWith(`${text}.`));
  if (!text || !found.length) return null;
  const [{ path: own }, one] = found.sort(([a], [b]) => b.path.length - a.path.length)[0];
  return one.at(path.slice(own.split(".").length));
}
