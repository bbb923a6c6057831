// Items are found by name while one types; what is sent is their id.
import { post } from "/static/api.js";

const field = document.getElementById("unit");
const list = document.getElementById("units");
let waiting = null;

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const text = field.value.trim();
    if (!text || text.includes(":")) return;
    const { found } = await post("/desk/knowledge", { text }).catch(() => ({ found: [] }));
    list.replaceChildren(...found.map(({ kind, id, title }) => Object.assign(document.createElement("option"), { value: `${kind}:${id} ${title}` })));
  }, 250);
});
