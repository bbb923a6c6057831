// Signing in at the office's identity service: the line below the head says how it stands.

const LATER = 1000;
const SOON = 200; // several replies, one question

// The line; null where the office has no such service.
export function signIn(words, page) {
  return words.sign_in && document.getElementById("account") ? new Account(words.sign_in, page) : null;
}

class Account {
  constructor(words, { session, notice, embedded }) {
    Object.assign(this, { words, session, notice, embedded, seconds: 0 });
    this.state = document.getElementById("account-state");
    this.act = document.getElementById("account-act");
    this.act.addEventListener("click", () => (this.seconds ? this.leave() : this.enter()));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.look(); });
    addEventListener("focus", () => this.look());
    addEventListener("pageshow", () => { this.act.disabled = false; });
  }

  // In a frame of another site a window of its own, opened at once: later the browser would not let us.
  async enter() {
    const away = this.embedded ? open("", "_blank") : null;
    if (this.embedded && !away) return this.notice(this.words.blocked);
    this.act.disabled = true;
    const answer = await this.ask("/chat/signin");
    this.act.disabled = false;
    if (!answer) {
      away?.close();
      return this.notice(this.words.failed);
    }
    if (!away) return location.assign(answer.address);
    away.location = new URL(answer.address, location).href;
    this.state.textContent = this.words.waiting;
  }

  async leave({ quietly = false } = {}) {
    if (!this.seconds) return;
    const answer = await this.ask("/chat/signout");
    if (answer) this.show(0);
    if (!quietly) this.notice(answer ? this.words.left : this.words.failed);
  }

  // How it stands by now: the sign-in may have ended in another window, or have run out.
  look() {
    clearTimeout(this.looking);
    this.looking = setTimeout(async () => {
      const answer = this.session() ? await this.ask("/chat/signedin") : { seconds: 0 };
      if (answer) this.show(answer.seconds);
    }, SOON);
  }

  show(seconds) {
    if (!seconds && !this.seconds) return;
    this.seconds = seconds;
    clearTimeout(this.end);
    const until = new Date(Date.now() + seconds * 1000).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
    const says = seconds ? this.words.held.replace("{time}", until) : this.words.offer;
    if (this.state.textContent !== says) this.state.textContent = says;
    this.act.textContent = seconds ? this.words.leave : this.words.enter;
    if (seconds) this.end = setTimeout(() => this.look(), seconds * 1000 + LATER);
  }

  async ask(path) {
    try {
      const response = await fetch(path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ session: this.session() }),
      });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }
}
