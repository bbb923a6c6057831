// Opening hours, written 09:00-12:00，13:30-17:00.

import { make } from "/static/desk_dom.js";
import { define, freshId, touched } from "/static/content_editor_widgets.js";

const DAYS = { mon: "周一", tue: "周二", wed: "周三", thu: "周四", fri: "周五", sat: "周六", sun: "周日" };
const short = (time) => time.replace(/:00$/, (end, place) => (place > 3 ? "" : end));
const written = (shifts) => (shifts ?? []).map((one) => (typeof one === "string" ? one : `${short(one.start)}-${short(one.end)}`)).join("，");
const read = (text) => text.replace(/：/g, ":").replace(/\s*[—–－~～至到]+\s*/g, "-").split(/[,，、;；\s]+/).filter(Boolean);

function hoursInput(value, label) {
  const input = make("input", { type: "text", maxlength: 200, "aria-label": label, id: freshId() });
  input.value = written(value);
  return input;
}

define("shifts", (spec, value) => {
  const element = hoursInput(value, spec.label);
  return { element, value: () => (read(element.value).length ? read(element.value) : undefined), at: () => element };
});

define("hours", (spec, value) => {
  const days = Object.entries(DAYS).map(([day, name]) => [day, hoursInput(value?.[day], name), name]);
  const like = make("button", { type: "button", class: "add", onclick: () => {
    for (const [, input] of days.slice(1, 5)) input.value = days[0][1].value;
    touched(element);
  } }, "周二到周五和周一一样");
  const element = make("div", { class: "hours" }, ...days.map(([, input, name]) => make("div", {}, make("label", { for: input.id }, name), input)), like);
  return {
    element,
    value() {
      const open = days.map(([day, input]) => [day, read(input.value)]).filter(([, shifts]) => shifts.length);
      return open.length ? Object.fromEntries(open) : undefined;
    },
    at: ([day]) => days.find(([name]) => name === day)?.[1] ?? element,
  };
});
