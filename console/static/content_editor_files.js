// Attachments: blank forms and samples, uploaded here and named by a title that citizens read.

import { upload } from "/static/api.js";
import { $, make } from "/static/desk_dom.js";
import { define, freshId, touched } from "/static/content_editor_widgets.js";

const TYPES = ".pdf,.doc,.docx,.xls,.xlsx,.jpg,.jpeg,.png";
const LARGEST = 10 * 1024 * 1024;

define("files", (spec, value) => {
  const rows = [];
  const list = make("ul", { class: "files" });
  const said = make("p", { class: "fault", role: "alert" });
  const chooser = make("input", { type: "file", accept: TYPES, multiple: true, class: "unseen", id: freshId() });
  const element = make("div", {}, list, make("div", { class: "upload" }, chooser, make("label", { for: chooser.id, class: "button add" }, "＋ 上传文件")), said);

  function add({ title, digest, name }) {
    const text = make("input", { type: "text", maxlength: 100, "aria-label": `${name}的名称` });
    text.value = title;
    const link = make("a", { href: `/content/attachments/${digest}` }, name);
    const gone = make("button", { type: "button", class: "plain", "aria-label": `删除${name}`, onclick: () => {
      rows.splice(rows.indexOf(row), 1);
      row.element.remove();
      chooser.focus();
      touched(element);
    } }, "✕");
    const row = { text, element: make("li", {}, text, link, gone), value: () => ({ title: text.value.trim(), digest, name }) };
    rows.push(row);
    list.append(row.element);
  }

  chooser.addEventListener("change", async (event) => {
    event.stopPropagation(); // nothing has changed before the file is there
    const files = [...chooser.files];
    chooser.value = "";
    said.textContent = "";
    for (const file of files) {
      if (file.size > LARGEST) {
        said.textContent = `“${file.name}”太大，最多 10 MB。`;
        continue;
      }
      said.textContent = `正在上传“${file.name}”…`;
      try {
        const kept = await upload(`/content/attachments?name=${encodeURIComponent(file.name)}`, file);
        said.textContent = "";
        if (!rows.some((row) => row.value().digest === kept.digest)) add({ ...kept, title: kept.name.replace(/\.\w+$/, "") });
        touched(element);
      } catch (error) {
        said.textContent = `“${file.name}”没有上传：${error.message}`;
      }
    }
  });

  (value ?? []).forEach(add);
  return {
    element,
    value: () => (rows.length ? rows.map((row) => row.value()) : undefined),
    at: ([index]) => (rows[Number(index)] ? $("input", rows[Number(index)].element) : element),
  };
});
