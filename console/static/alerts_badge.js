// On every page of those who see figures: how many alerts nobody has looked at, beside the link that leads there.
import { get, listen } from "/static/api.js";

const links = [...document.querySelectorAll('.nav a[href="/insights"], .beside-nav a[href="/insights/alerts"]')];
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("aria-live", "polite");
document.body.append(said);
let told = "";

async function look() {
  const { count, said: text } = await get("/insights/alerts/waiting", { background: true });
  for (const link of links) {
    link.querySelector(".count")?.remove();
    if (!count) continue;
    const badge = document.createElement("span");
    badge.className = "count";
    badge.textContent = count > 49 ? "49+" : count;
    badge.title = text;
    link.append(badge);
  }
  if (text !== told) said.textContent = text;
  told = text;
}

if (links.length) {
  listen((topics) => {
    if (topics.includes("alerts") || topics.includes("*")) look().catch(() => {});
  });
}
