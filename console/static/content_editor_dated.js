// Values that change on known days: what holds now, and what holds from a day on.

import { $, make } from "/static/desk_dom.js";
import { copy, define, freshId, touched, widget } from "/static/content_editor_widgets.js";

define("dated", (spec, value, page) => {
  const changes = [];
  const list = make("div", { class: "changes" });
  const more = make("button", { type: "button", class: "add", onclick: later }, "从某日起改变…");
  const element = make("div", { class: "dated" }, list, more);
  const nothing = () => (spec.of.type === "group" ? {} : []);

  function add({ since, value: held }) {
    const inner = widget(spec.of, held, page);
    const day = make("input", { type: "date", id: freshId() });
    day.value = since ?? "";
    const says = make("span");
    const gone = make("button", { type: "button", class: "plain", onclick: () => remove(change) }, "删除这一段");
    const head = make("p", { class: "since" }, make("label", { for: day.id }, says), day, gone);
    const change = { inner, day, says, head, gone, element: make("div", { class: "change" }, head, inner.element) };
    changes.push(change);
    list.append(change.element);
    name();
    return change;
  }

  // A change keeps what is not changed: it begins as a copy of what held before.
  function later() {
    const before = changes[changes.length - 1];
    const change = add({ since: page.nextMonth(before.day.value), value: copy(before.inner.value()) });
    change.day.focus();
    touched(element);
  }

  function remove(change) {
    changes.splice(changes.indexOf(change), 1);
    change.element.remove();
    name();
    more.focus();
    touched(element);
  }

  function name() {
    const several = changes.length > 1;
    changes.forEach((change, index) => {
      change.head.hidden = !several && !change.day.value;
      change.says.textContent = index ? "从这一天起改为" : "现在（从这一天起，不填就是一直如此）";
      change.gone.hidden = !several;
      change.element.setAttribute("role", several ? "group" : "presentation");
      change.element.setAttribute("aria-label", index ? `${spec.label}：从某日起` : `${spec.label}：现在`);
    });
  }

  (value?.dated ?? [{}]).forEach(add);
  return {
    element,
    value() {
      const found = changes.map(({ inner, day }) => ({ ...(day.value ? { since: day.value } : {}), value: inner.value() ?? nothing() }));
      const empty = changes.length === 1 && changes[0].inner.value() === undefined;
      return empty ? undefined : { dated: found };
    },
    at([, index, part, ...path]) {
      const change = changes[Number(index)];
      if (!change) return element;
      return part === "since" ? change.day : part === "value" ? change.inner.at(path) : change.element;
    },
  };
});

// The first day of the month after a day, or after today.
export function firstOfNextMonth(day, today) {
  const [year, month] = (day || today).split("-").map(Number);
  return `${month === 12 ? year + 1 : year}-${String((month % 12) + 1).padStart(2, "0")}-01`;
}
