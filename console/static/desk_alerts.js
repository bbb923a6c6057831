// Heard and seen from another window: a short tone, the number in the tab's title, a notification of the system's.
// None of them tells anything of a citizen.

import { $ } from "/static/desk_dom.js";
import { keepSetting, setting } from "/static/desk_drafts.js";

const button = $("#sound");
const title = document.title;
let audio = null;
let on = setting("sound") ?? false;

function show() {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = `提示音：${on ? "开" : "关"}`;
}

// Browsers let a page sound only after somebody has clicked in it.
function wake() {
  if (!on) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}

function tone() {
  if (!on || !audio || audio.state !== "running") return;
  const [sound, volume] = [audio.createOscillator(), audio.createGain()];
  const now = audio.currentTime;
  sound.frequency.setValueAtTime(660, now);
  sound.frequency.setValueAtTime(880, now + 0.12);
  volume.gain.setValueAtTime(0.0001, now);
  volume.gain.exponentialRampToValueAtTime(0.12, now + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.35);
  sound.connect(volume).connect(audio.destination);
  sound.start(now);
  sound.stop(now + 0.4);
}

export function call(text) {
  $("#announce").textContent = text;
  tone();
  if (on && document.hidden && "Notification" in window && Notification.permission === "granted") {
    const shown = new Notification("坐席工作台", { body: text, tag: "zhengwu-desk", icon: "/static/seal.svg" });
    shown.onclick = () => { window.focus(); shown.close(); };
  }
}

export function say(text) {
  $("#announce").textContent = text;
}

export function count(number) {
  document.title = number ? `(${number}) ${title}` : title;
}

button.addEventListener("click", () => {
  on = !on;
  keepSetting("sound", on);
  show();
  wake();
  if (on && "Notification" in window && Notification.permission === "default") Notification.requestPermission().catch(() => {});
  setTimeout(tone, 50);
});
addEventListener("pointerdown", wake, { capture: true });
addEventListener("keydown", wake, { capture: true });
show();
