// What a page's script needs of the server: get, post, and hints of what has changed.

const PATIENCE = 30000;
const key = document.querySelector("meta[name=csrf]").content;

export class Refused extends Error {
  // status: of HTTP, 0 when the server was not reached; answer: the JSON that came with it
  constructor(status, answer) {
    super(answer?.error ?? "连不上服务器，请检查网络后重试。");
    this.status = status;
    this.answer = answer ?? {};
  }
}

const AWAY = new Set([0, 502, 503, 504]);

// Whether the server, or the way to it, is away for the moment: what was asked is to be asked again.
export const isAway = (error) => error instanceof Refused && AWAY.has(error.status);

async function ask(url, options) {
  let response, answer;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
    const json = (response.headers.get("content-type") ?? "").startsWith("application/json");
    answer = json ? await response.json() : null;
  } catch { // an answer that breaks off is none
    throw new Refused(0);
  }
  if (response.status === 401) signedOut();
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

// get(url, { background: true }) when the page asks by itself: it does not keep an idle session open, and is not waited
// for without end, since nobody is there to ask again.
export async function get(url, { background = false } = {}) {
  const headers = { Accept: "application/json", ...(background ? { "X-Background": "1" } : {}) };
  if (!background) return ask(url, { headers });
  const giving = new AbortController();
  const timer = setTimeout(() => giving.abort(), PATIENCE);
  try {
    return await ask(url, { headers, signal: giving.signal });
  } finally {
    clearTimeout(timer);
  }
}

// Throws Refused, with what the server said as its message, unless it was done. With `keepalive` it is sent even when
// the page goes away; a browser takes 64 KB so. `signal` ends the waiting for an answer that nobody wants any more.
export function post(url, data = {}, { background = false, keepalive = false, signal = null } = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": key };
  if (background) headers["X-Background"] = "1";
  return ask(url, { method: "POST", headers, body: JSON.stringify(data), keepalive, signal });
}

// Sends a file as it is.
export function upload(url, file) {
  const headers = { Accept: "application/json", "Content-Type": "application/octet-stream", "X-CSRF-Token": key };
  return ask(url, { method: "POST", headers, body: file });
}

export function signedOut() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

// Calls changed(topics) with what the server hints at; with ["*"] after every (re)connect: fetch all anew.
// Calls state(true | false) when the connection is there or lost.
export function listen(changed, state = () => {}) {
  let wait = 500, leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });
  const open = () => {
    leaving = false; // a download is no farewell
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket.onmessage = (message) => {
      wait = 500;
      state(true);
      changed(JSON.parse(message.data).changed);
    };
    socket.onclose = (event) => {
      state(false);
      if (event.code === 4401) return signedOut();
      // Signed out meanwhile? Then this leads to the sign-in; a page that is being left need not ask.
      if (!leaving) get("/whoami", { background: true }).catch(() => {});
      setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, 15000);
    };
  };
  open();
}
