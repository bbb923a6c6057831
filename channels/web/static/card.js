// A reply: its text, and below it what makes it an official statement.

import { make, withPhones } from "./dom.js";

// Options stand as buttons, so the numbered lines that say the same are left out of the text.
function withoutOptions(text, options) {
  const titles = new Set(options.map(({ title }) => title));
  return text.split("\n")
    .filter((line) => !titles.has(line.replace(/^\s*(\d+|[①-⑨])\s*[.．、:：)）]?\s*/, "").trim()))
    .join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

function source({ title, article, url, date }) {
  const name = /^[《〈]/.test(title) ? title : `《${title}》`;
  const safe = typeof url === "string" && /^https?:\/\//.test(url);
  return make("li", {},
    safe ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name) : name,
    article ? make("span", { class: "article" }, article) : null,
    date ? make("span", { class: "date" }, date) : null);
}

function facts(answer, words) {
  if (answer.official === false) return null; // talk of a person, kept under a number that nobody needs to see
  const rows = [
    [words.verified, answer.verified_on],
    [words.record, answer.record],
  ].filter(([, value]) => value);
  if (!rows.length && !answer.sources?.length) return null;
  return make("div", { class: "facts" },
    answer.sources?.length ? make("div", { class: "sources" }, make("h3", {}, words.sources), make("ul", {}, ...answer.sources.map(source))) : null,
    rows.length ? make("dl", {}, ...rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value))))) : null,
    make("p", { class: "disclaimer" }, words.disclaimer));
}

// Days and times as the office's clock has them, whatever the reader's device thinks.
const DAY = { timeZone: "Asia/Shanghai", year: "numeric", month: "long", day: "numeric" };
const dayInWords = new Intl.DateTimeFormat("zh-CN", DAY);
const timeInWords = new Intl.DateTimeFormat("zh-CN", { ...DAY, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function inWords(value) {
  const text = String(value ?? "");
  const wholeDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = new Date(wholeDay ? `${text}T00:00:00+08:00` : text);
  if (Number.isNaN(at.getTime())) return text;
  return (wholeDay ? dayInWords : timeInWords).format(at);
}

// Only files of our own: what else an answer might name is no link.
function files(list, words) {
  const ours = titled(list).filter(({ path }) => /^\/files\/[0-9a-f]{64}\//.test(path));
  if (!ours.length) return null;
  return make("div", { class: "files" }, make("h3", {}, words.files),
    make("ul", {}, ...ours.map(({ title, name, path }) => make("li", {}, make("a", { href: path, download: name }, title)))));
}

function progress(application, words) {
  if (!application?.events?.length) return null;
  return make("div", { class: "progress" },
    make("h3", {}, words.application),
    make("ol", {}, ...application.events.map(({ at, text }) => make("li", {}, make("span", { class: "date" }, inWords(at)), String(text ?? "")))),
    application.expected_on ? make("p", {}, `${words.expected}：${inWords(application.expected_on)}`) : null);
}

function choices(label, list, className, say) {
  if (!list.length) return null;
  const buttons = list.map(({ title }, index) => make("li", {},
    make("button", { type: "button", class: className, onclick: () => say(title) },
      className === "option" ? make("span", { class: "number" }, String(index + 1)) : null, make("span", {}, title))));
  return make("div", { class: `${className}s` }, make("h3", {}, label), make(className === "option" ? "ol" : "ul", {}, ...buttons));
}

// A transcript is printed, or saved as a file, alone.
function printer(label) {
  const button = make("button", { type: "button", class: "again print" }, label);
  button.addEventListener("click", () => {
    const message = button.closest(".message");
    const { classList } = document.documentElement;
    message.classList.add("printed");
    classList.add("print-one");
    addEventListener("afterprint", () => {
      message.classList.remove("printed");
      classList.remove("print-one");
    }, { once: true });
    print();
  });
  return button;
}

const titled = (list) => (Array.isArray(list) ? list : []).filter((item) => item && typeof item.title === "string");

export function card(body, words, say) {
  const answer = body.custom?.answer ?? {};
  const urgent = answer.kind === "emergency";
  const options = titled(answer.options).length ? titled(answer.options) : titled(body.buttons);
  const text = withoutOptions(String(body.text ?? ""), options);
  return make("div", { class: urgent ? "card urgent" : "card" },
    text ? make("p", { class: "text" }, ...withPhones(text, urgent)) : null,
    body.custom?.transcript ? printer(words.card.print) : null,
    progress(answer.application, words.card),
    files(answer.attachments, words.card),
    choices(words.card.options, options, "option", say),
    facts(answer, words.card),
    choices(words.card.also, titled(answer.also), "topic", say));
}
