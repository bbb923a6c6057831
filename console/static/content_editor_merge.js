// Two texts of one unit side by side, field by field. What only one of them has changed needs no decision.

import { $, fill, make } from "/static/desk_dom.js";
import { copy, freshId, get, put, same } from "/static/content_editor_widgets.js";

export class Merge {
  constructor({ specs, plain }) {
    Object.assign(this, { specs, plain });
    this.section = $("#merge");
  }

  // Gives the text that comes of both. `who` has the other one.
  begin({ began, mine, theirs, who }) {
    const result = copy(mine);
    const open = [];
    for (const spec of this.specs) {
      const [was, ours, other] = [began, mine, theirs].map((body) => get(body, spec.path));
      if (same(ours, other) || same(was, other)) continue;
      if (same(was, ours)) put(result, spec.path, copy(other));
      else open.push({ spec, ours, other });
    }
    const taken = this.specs.filter(({ path }) => !same(get(mine, path), get(result, path)));
    return new Promise((done) => {
      const choices = open.map(({ spec, ours, other }) => {
        const name = freshId();
        const row = make("fieldset", { class: "merged" }, make("legend", {}, spec.label),
          ...sides(name, who, inWords(spec, ours, mine), inWords(spec, other, theirs)));
        return { spec, other, theirs: () => $("input[value=theirs]", row).checked, row };
      });
      const go = make("button", { type: "button", class: "main", onclick: () => {
        for (const one of choices) if (one.theirs()) put(result, one.spec.path, copy(one.other));
        this.section.hidden = true;
        this.hold(false);
        done(result);
      } }, choices.length ? "按选好的合并" : "继续修改");
      fill(this.section,
        make("h2", { id: "merge-title" }, `${who}刚刚保存过这条内容，两边的文字都在`),
        taken.length ? make("p", {}, `只有${who}改过的，已经放进您的表单：${taken.map(({ label }) => label).join("、")}。`) : null,
        choices.length ? make("p", {}, "下面几项两边都改过，请逐项选择；合并以后还可以再改。") : make("p", {}, "两边改的地方不同，已经合在一起。请核对后再保存。"),
        ...choices.map(({ row }) => row), go);
      this.section.hidden = false;
      this.hold(true);
      this.section.focus();
      this.section.scrollIntoView({ block: "start" });
    });
  }

  // Nothing is typed into the form meanwhile: it would be in neither text.
  hold(held) {
    $(".editor").inert = held;
    $("#save").disabled = held;
  }
}

// Both texts, each with its lines marked that the other one does not have.
function sides(name, who, mine, theirs) {
  return [["mine", "用我的", mine, theirs], ["theirs", `用${who}的`, theirs, mine]].map(([value, label, text, other]) => {
    const input = make("input", { type: "radio", name, value });
    input.checked = value === "mine";
    const known = new Set(other.split("\n"));
    const lines = text.split("\n").map((line) => [known.has(line) ? line : make("mark", {}, line), "\n"]);
    return make("label", { class: "side" }, make("span", {}, input, label), make("span", { class: "text" }, ...(text ? lines : ["（空）"])));
  });
}

// A value as a person reads it; `body` has the situations that it may name.
function inWords(spec, value, body) {
  if (value === undefined || value === null) return "";
  if (spec.type === "dated") {
    return value.dated.map((one) => `${one.since ? `从 ${one.since} 起：\n` : ""}${inWords(spec.of, one.value, body) || "（空）"}`).join("\n");
  }
  if (spec.type === "table") return value.map((row, index) => `${index + 1}. ${rowInWords(spec.columns, row, body)}`).join("\n");
  if (spec.type === "group") return spec.fields.map((one) => [one.label, inWords(one, get(value, one.path), body)]).filter(([, text]) => text).map((pair) => pair.join("：")).join("\n");
  if (spec.type === "situations") return value.map(({ question, options }) => `${question}\n${options.map(({ title }) => `· ${title}`).join("\n")}`).join("\n");
  return flat(value);
}

function rowInWords(columns, row, body) {
  const titles = new Map((body.situations ?? []).flatMap(({ id, options }) => options.map((option) => [`${id}=${option.id}`, option.title])));
  const parts = columns.map((column) => {
    if (column.type === "when") return Object.entries(row.when ?? {}).flatMap(([id, options]) => options.map((option) => titles.get(`${id}=${option}`) ?? option)).join("、");
    if (column.type === "flags") return column.flags.filter((flag) => row[flag.name] ?? flag.default).map((flag) => flag.label).join("、");
    return flat(row[column.name]);
  });
  return parts.filter(Boolean).join(" · ");
}

function flat(value) {
  if (value === undefined || value === null) return "";
  if (value === true || value === false) return value ? "是" : "否";
  if (Array.isArray(value)) return value.map(flat).join("、");
  if (typeof value === "object") return Object.values(value).map(flat).join(" ");
  return String(value);
}
