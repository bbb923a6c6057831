// Pages of alerts: what stands in [data-live] is fetched anew when something has changed; forms are left alone.
import { listen } from "/static/api.js";


async function renew() {
  const response = await fetch(location.pathname, { headers: { "X-Background": "1" }, credentials: "same-origin" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || other.innerHTML === part.innerHTML) continue;
    const at = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.innerHTML = other.innerHTML;
    if (at) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === at)?.focus();
  }
}

listen((topics) => {
  if (topics.includes("alerts") || topics.includes("*")) renew().catch(() => {});
});
