// A web socket that comes back: exponential back-off with jitter, a heartbeat, and the browser's own hints.

const FIRST = 500;
const LONGEST = 15000;
const BEAT = 20000;
const SILENCE = 10000;

export class Connection {
  // hello(): the first frame. onFrame(frame). onState("connecting" | "online" | "offline").
  constructor({ hello, onFrame, onState }) {
    Object.assign(this, { hello, onFrame, onState });
    this.attempts = 0;
    this.ready = false;
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.ready ? this.beat() : this.now();
    });
    this.open();
  }

  send(frame) {
    if (!this.ready) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  // Start over, as for a new session.
  restart() {
    this.attempts = 0;
    this.drop();
    this.now();
  }

  open() {
    clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/chat/socket`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.hello()));
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.hear(JSON.parse(data));
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
  }

  hear(frame) {
    clearTimeout(this.silence);
    if (frame.type === "welcome") {
      this.ready = true;
      this.attempts = 0;
      this.schedule();
      this.onState("online");
    }
    if (frame.type !== "pong") this.onFrame(frame);
  }

  schedule() {
    clearInterval(this.beats);
    this.beats = setInterval(() => this.beat(), BEAT);
  }

  beat() {
    if (!this.send({ type: "ping" })) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), SILENCE);
  }

  // Give the socket up without waiting for the network to notice.
  drop() {
    const { socket } = this;
    this.socket = null;
    if (socket) socket.close();
    this.lost();
  }

  lost() {
    this.ready = false;
    clearInterval(this.beats);
    clearTimeout(this.silence);
    clearTimeout(this.retry);
    this.onState(this.attempts || !navigator.onLine ? "offline" : "connecting");
    const longest = Math.min(LONGEST, FIRST * 2 ** this.attempts);
    this.attempts += 1;
    this.retry = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  now() {
    if (this.ready || (this.socket && this.socket.readyState === WebSocket.CONNECTING)) return;
    this.open();
  }
}
