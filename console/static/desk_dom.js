// Elements from plain values, and times as people say them. Text becomes a text node, always.

export const facts = JSON.parse(document.getElementById("facts")?.textContent ?? "{}");
export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  fill(element, ...children);
  return element;
}

// Puts these in place of what an element has; what is missing is left out.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

// The server's clock rules: those of the desk's computers are sometimes wrong.
let offset = 0;
export function serverSays(now) { offset = new Date(now) - Date.now(); }
export const present = () => Date.now() + offset;

export function lasting(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return "不到 1 分钟";
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} 小时${minutes % 60 && hours < 10 ? ` ${minutes % 60} 分` : ""}` : `${Math.floor(hours / 24)} 天`;
}

// An element that says how long ago something was, or how long until then; `tick` keeps it true.
export function since(iso, before = "", after = "", className = "") {
  const element = make("time", { datetime: iso, class: className || null });
  element.dataset.before = before;
  element.dataset.after = after;
  refresh(element);
  return element;
}

function refresh(element) {
  const { before, after } = element.dataset;
  element.textContent = `${before}${lasting(Math.abs(present() - new Date(element.dateTime)))}${after}`;
}

export function tick(within = document) {
  $$("time[data-before]", within).forEach(refresh);
}

const zone = { timeZone: "Asia/Shanghai", hourCycle: "h23" };
const clock = new Intl.DateTimeFormat("zh-CN", { ...zone, hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat("zh-CN", { ...zone, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("zh-CN", { ...zone, month: "numeric", day: "numeric" });

export function at(iso) {
  const then = new Date(iso);
  return day.format(then) === day.format(present()) ? clock.format(then) : moment.format(then);
}

const MASK = /⟦([a-z]+):[0-9a-f]{4,16}⟧/g;
const PROOFS = new Set(["tail", "code"]);

// Text with what was masked as chips; reveal(token, kind, chip) shows one.
export function withMasks(text, reveal) {
  const parts = [];
  let from = 0;
  for (const { 0: token, 1: kind, index } of text.matchAll(MASK)) {
    parts.push(text.slice(from, index), chip(token, kind, reveal));
    from = index + token.length;
  }
  parts.push(text.slice(from));
  return parts;
}

export const maskName = (kind) => facts.masked[kind] ?? facts.masked.other;

export function chip(token, kind, reveal) {
  const name = `${maskName(kind)}（已隐藏）`;
  if (PROOFS.has(kind) || !reveal) return make("span", { class: "chip" }, name);
  const button = make("button", { type: "button", class: "chip", title: "写明理由后可以查看" }, name);
  button.addEventListener("click", () => reveal(token, kind, button));
  return button;
}

export function plainMasks(text) {
  return text.replace(MASK, (token, kind) => `（${maskName(kind)}）`);
}

export function tabs(list, choose) {
  const all = $$("[role=tab]", list);
  const pick = (tab) => {
    for (const one of all) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
    }
    choose(tab);
  };
  all.forEach((tab, index) => {
    tab.addEventListener("click", () => pick(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = all[(index + step + all.length) % all.length];
      next.focus();
      pick(next);
    });
  });
  return pick;
}

// randomUUID exists on secure origins only; an intranet page may be plain http.
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
