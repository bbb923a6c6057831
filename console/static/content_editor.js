// The editor of a unit: a form built from its description and what stands in it.

import { $, facts, fill, make } from "/static/desk_dom.js";
import { Keeping } from "/static/content_editor_keeping.js";
import { Merge } from "/static/content_editor_merge.js";
import { Preview } from "/static/content_editor_preview.js";
import { copy, field, freshId, get, put, within } from "/static/content_editor_widgets.js";
import { firstOfNextMonth } from "/static/content_editor_dated.js";
import "/static/content_editor_rows.js";
import "/static/content_editor_situations.js";
import "/static/content_editor_when.js";
import "/static/content_editor_hours.js";
import "/static/content_editor_units.js";
import "/static/content_editor_files.js";

const specs = facts.form.sections.flatMap(({ fields }) => fields);
const lists = new Map();

// What all widgets of one form share.
function shared() {
  const watching = new Set();
  return {
    kind: facts.kind,
    regions: facts.regions,
    titles: facts.titles,
    nextMonth: (day) => firstOfNextMonth(day, facts.today),
    situations: () => [],
    onSituations: (refresh) => watching.add(refresh),
    forgetWhen: (refresh) => watching.delete(refresh),
    refreshWhen: () => watching.forEach((refresh) => refresh()),
    list(name) {
      if (!lists.has(name)) {
        const options = make("datalist", { id: freshId() }, ...(facts.lists[name] ?? []).map((value) => make("option", { value })));
        lists.set(name, options);
        document.body.append(options);
      }
      return lists.get(name).id;
    },
  };
}

// A form over a body; what no field speaks of stays in the body as it is.
function Form(body) {
  const page = shared();
  const fields = specs.map((spec) => [spec, field(spec, get(body, spec.path), page)]);
  const rest = copy(body);
  delete rest.kind;
  delete rest.id;
  return {
    page,
    fields,
    value() {
      for (const [{ path }, one] of fields) put(rest, path, one.value());
      return copy(rest);
    },
    at: (path) => within(fields, path.split(".")),
  };
}

const plain = (body) => Form(body).value();
const root = $("#form");
let form = null;

function show(body) {
  form = Form(body);
  const elements = new Map(form.fields.map(([{ path }, { element }]) => [path, element]));
  fill($("#fields"), ...facts.form.sections.map((section) => {
    const parts = section.fields.map(({ path }) => elements.get(path));
    if (section.fields.length === 1 && section.fields[0].label === section.title) parts[0].classList.add("alone"); // said once
    section.fields.forEach(({ path }) => {
      const aspect = /^aspects\.(\w+)$/.exec(path)?.[1] ?? section.aspect;
      if (aspect) elements.get(path).dataset.aspect = aspect;
    });
    return make("section", { class: "card", id: `section-${section.id}`, "aria-labelledby": `title-${section.id}` },
      make("h2", { id: `title-${section.id}`, tabindex: "-1" }, section.title), section.help ? make("p", { class: "quiet" }, section.help) : null,
      make("div", { class: "section-fields" }, ...parts));
  }));
  form.page.refreshWhen();
}

show(facts.body);
fill($("#sections"), ...facts.form.sections.map(({ id, title }) => make("a", { href: `#section-${id}` }, title)));
root.addEventListener("submit", (event) => event.preventDefault());
root.addEventListener("keydown", (event) => { // Enter in a line of text is no wish to save
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])") && !event.isComposing) event.preventDefault();
});

function told(faults) {
  for (const old of document.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
  for (const old of document.querySelectorAll(".fault")) old.remove();
  const places = faults.map(({ path, text }) => {
    const element = (path && form.at(path)) || null;
    if (!element) return make("li", {}, text);
    element.id ||= freshId();
    element.setAttribute("aria-invalid", "true");
    element.closest("details:not([open])")?.setAttribute("open", "");
    element.after(make("span", { class: "fault" }, text));
    return make("li", {}, make("a", { href: `#${element.id}`, onclick: (event) => {
      event.preventDefault();
      (element.matches("input, select, textarea, summary") ? element : element.querySelector("input, select, textarea, button") ?? element).focus();
    } }, `${element.getAttribute("aria-label") ?? labelOf(element)}：${text}`));
  });
  return make("ul", {}, ...places);
}

function labelOf(element) {
  const near = element.closest(".field");
  return near?.querySelector("label, h3")?.firstChild?.textContent ?? "";
}

const preview = facts.answers ? new Preview({ facts, form: () => form, told }) : null;
const keeping = new Keeping({ facts, value: () => form.value(), began: plain(facts.began), start: plain(facts.body), told, overtaken });
const merge = new Merge({ specs, plain });

// Somebody was quicker: both texts side by side, and what comes of them stands in the form.
function overtaken(theirs, who) {
  merge.begin({ began: keeping.began, mine: form.value(), theirs: plain(theirs.body), who }).then((body) => {
    show(body);
    keeping.rebase(theirs, plain(theirs.body));
    preview?.later();
  });
}

root.addEventListener("input", () => { keeping.later(); preview?.later(); });
root.addEventListener("change", () => { keeping.later(); preview?.later(); });
root.addEventListener("focusin", (event) => preview?.follow(event.target.closest("[data-aspect]")?.dataset.aspect));
$("#save").addEventListener("click", () => keeping.save());
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    keeping.save();
  }
});
preview?.now();
if (facts.stands) overtaken(facts.stands, facts.stands.who ?? "同事");
