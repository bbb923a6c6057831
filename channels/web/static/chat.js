// The chat: what is typed, stored and sent until acknowledged; what comes is stored and shown once.

import { Connection } from "./connection.js";
import { Composer } from "./composer.js";
import { embedded } from "./embed.js";
import { signIn } from "./signin.js";
import { Storage, uuid } from "./storage.js";
import { Suggest } from "./suggest.js";
import { View } from "./view.js";

const words = JSON.parse(document.getElementById("words").textContent);
const storage = new Storage();
const view = new View(words, { say, retry });
const open = new Set(); // turns that we wait for
const ended = new Set(); // turns that ended before their acknowledgement came
let later = null; // until what was refused for a moment is sent again

const connection = new Connection({
  hello: () => ({ type: "hello", session: storage.session, last_seen: storage.lastSeen }),
  onFrame: (frame) => handle[frame.type]?.(frame),
  onState: (state) => {
    view.state(state);
    if (state !== "online") waitFor();
  },
});

// Before the composer, so that Enter on a suggestion is not also Enter in the input.
const suggest = new Suggest(words, {
  session: () => (connection.ready ? storage.session : null),
  choose: (text) => composer.ask(text),
});
const composer = new Composer(words, (text) => {
  suggest.close();
  say(text);
});
storage.prune();
view.restore(storage.entries());
storage.onOtherTab((entry) => {
  if (entry) view.show(entry);
  else location.reload();
});
document.addEventListener("visibilitychange", catchUp);
const embed = embedded(storage);
const account = signIn(words, { session: () => storage.session, notice: (text) => view.notice(text), embedded: embed !== null });

document.getElementById("person").addEventListener("click", () => say(words.tools.person_says));
document.getElementById("examples").addEventListener("click", ({ target }) => {
  if (target.matches("button")) say(target.textContent);
});
document.getElementById("large").addEventListener("click", () => view.toggleLarge());

const ask = document.getElementById("ask");
document.getElementById("fresh").addEventListener("click", () => {
  if (ask.showModal) ask.showModal();
  else if (confirm(words.tools.fresh_ask)) beginAnew();
});
ask.addEventListener("close", () => {
  if (ask.returnValue === "yes") beginAnew();
  ask.returnValue = "";
});

function beginAnew() {
  account?.leave({ quietly: true });
  storage.begin();
  open.clear();
  clearTimeout(later);
  later = null;
  view.clear();
  waitFor();
  connection.restart();
}

function say(text) {
  const entry = storage.put({ key: uuid(), from: "me", text, state: "sending" });
  view.show(entry, { own: true });
  deliver(entry);
}

// A sleeping tab is not told what other tabs have received.
function catchUp() {
  storage.entries().forEach((entry) => view.show(entry));
}

function retry(key) {
  const entry = storage.put({ key, state: "sending", reason: null });
  view.show(entry);
  deliver(entry);
}

// What was refused for a moment goes first: what was typed after it may lean on it.
function deliver(entry) {
  if (later === null) connection.send({ type: "message", id: entry.key, text: entry.text });
}

function deliverAll() {
  clearTimeout(later);
  later = null;
  storage.entries().filter(({ from, state }) => from === "me" && state === "sending").forEach(deliver);
}

// Others may use this device later: long numbers are not kept once the server has them.
function withoutNumbers(text) {
  return text.replace(/\d{11,18}[Xx]?/g, (number) => number.slice(0, 3) + "*".repeat(number.length - 7) + number.slice(-4));
}

function waitFor() {
  view.typing(connection?.ready && open.size > 0);
}

function end(turn) {
  ended.add(turn);
  open.delete(turn);
  waitFor();
}

const handle = {
  welcome({ session, fresh, open: turns }) {
    if (fresh) storage.renew(session);
    else storage.session = session;
    open.clear();
    turns.forEach((turn) => open.add(turn));
    waitFor();
    catchUp();
    account?.look();
    deliverAll();
  },

  ack({ id, turn }) {
    const known = storage.get(id);
    if (known) view.show(storage.put({ key: id, state: "sent", text: withoutNumbers(known.text) }));
    if (!ended.has(turn)) open.add(turn);
    waitFor();
  },

  reply({ seq, turn, last, body }) {
    if (last) end(turn);
    const known = storage.get(`r${seq}`);
    const entry = known ?? storage.put({ key: `r${seq}`, from: "them", seq, body });
    storage.saw(seq);
    view.show(entry);
    if (!known) account?.look();
    embed?.count();
    connection.send({ type: "seen", seq });
  },

  done({ turn }) {
    end(turn);
  },

  note({ turn, text }) {
    if (open.has(turn)) view.typing(true, text);
  },

  error({ id, reason, retry_after: wait }) {
    const entry = id && storage.get(id);
    if (!entry) return;
    if (wait === null) {
      view.show(storage.put({ key: id, state: "failed", reason }));
      return;
    }
    view.notice(reason);
    clearTimeout(later);
    later = setTimeout(deliverAll, wait * 1000 + 200);
  },
};
