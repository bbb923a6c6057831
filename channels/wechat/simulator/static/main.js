// The page: who talks to which account, and what the buttons do.

import { post, watch } from "./api.js";
import { Chat } from "./chat.js";
import { channels, fill, find, make, words } from "./dom.js";
import { showPanel } from "./panel.js";

const FAULTS = {
  busy: { errcode: -1 },
  quota: { errcode: 45047 },
  lost: { drop: "after" },
};
const SENDS = {
  wechat: "/cgi-bin/message/custom/send",
  miniprogram: "/cgi-bin/message/custom/send",
  wecom: "/cgi-bin/message/send",
  "wecom-kf": "/cgi-bin/kf/send_msg",
};

let channel = sessionStorage.getItem("channel");
if (!channels.includes(channel)) [channel] = channels;
let stop = () => {};
let following = true;

const who = () => ({ channel, user: userOf(channel) });
const act = (doing, values = {}) => post("act", { ...who(), do: doing, with: values });
const chat = new Chat({
  act,
  press: async (name) => {
    const { url } = await post("press", { ...who(), name });
    if (url && /^https?:/.test(url)) open(url, "_blank", "noopener");
  },
});

function userOf(name) {
  const kept = sessionStorage.getItem(`user-${name}`);
  if (kept) return kept;
  const random = crypto.getRandomValues(new Uint32Array(2)).reduce((text, number) => text + number.toString(36), "");
  const made = name === "wechat" || name === "miniprogram" ? `oSimulator${random}` : `simulator${random}`;
  sessionStorage.setItem(`user-${name}`, made);
  return made;
}

function begin() {
  stop();
  chat.clear();
  find("user").textContent = userOf(channel);
  find("verify-result").textContent = find("fault-result").textContent = "";
  stop = watch(who(), show, (lost) => {
    find("banner").hidden = !lost;
    find("banner").textContent = lost ? words.lost : "";
  });
}

function show(state) {
  following = state.following;
  chat.show(state);
  showPanel(state);
  const follows = channel === "wechat";
  find("follow").textContent = follows ? (following ? words.phone.unfollow : words.phone.follow) : words.phone.enter;
  if (follows && following && state.chat.length === 0 && state.posted.length === 0) {
    find("follow").textContent = words.phone.follow;
    following = false;
  }
}

function send() {
  const field = find("text");
  const text = field.value;
  if (!text.trim()) return;
  field.value = "";
  act("say", { text });
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
find("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
find("follow").addEventListener("click", () => act(channel === "wechat" ? (following ? "unfollow" : "follow") : "enter"));
find("voice").addEventListener("click", () => act("voice"));
find("image").addEventListener("click", () => act("image"));
find("location").addEventListener("click", () => find("places").showModal());
for (const { name, latitude, longitude } of words.places) {
  const choose = () => {
    find("places").close();
    act("location", { latitude, longitude, label: name });
  };
  find("place-list").append(make("li", {}, make("button", { type: "button", onclick: choose }, name)));
}

find("account").append(...channels.map((name) => make("option", { value: name }, words.channels[name])));
find("account").value = channel;
find("account").addEventListener("change", (event) => {
  channel = event.target.value;
  sessionStorage.setItem("channel", channel);
  begin();
});
find("fresh").addEventListener("click", () => {
  sessionStorage.removeItem(`user-${channel}`);
  begin();
});
find("mode").append(...Object.entries(words.panel.modes).map(([mode, name]) => make("option", { value: mode }, name)));
find("mode").addEventListener("change", (event) => post("account", { channel, mode: event.target.value }));
find("format").addEventListener("change", (event) => post("account", { channel, format: event.target.value }));
for (const name of ["verified", "menus"]) {
  find(name).addEventListener("change", (event) => post("account", { channel, [name]: event.target.checked }));
}
find("verify").addEventListener("click", async () => {
  const { problem } = await post("verify", { channel });
  find("verify-result").textContent = problem ? fill(words.panel.verified_bad, { problem }) : words.panel.verified_ok;
  find("verify-result").className = problem ? "bad" : "good";
});
for (const button of document.querySelectorAll(".forward")) {
  button.addEventListener("click", () => post("clock", { minutes: Number(button.dataset.minutes) }));
}
for (const button of document.querySelectorAll(".fault")) {
  button.addEventListener("click", async () => {
    const { fault } = button.dataset;
    await (fault === "token" ? post("expire", {}) : post("fault", { path: SENDS[channel], ...FAULTS[fault] }));
    find("fault-result").textContent = words.panel.done;
  });
}

begin();
