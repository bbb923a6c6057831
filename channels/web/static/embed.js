// Inside a frame of another site: what passes between this page and the script that opened it.
// Browsers let only the allowed sites frame us; our first message must come from such a page as well, and brings the port
// that all else goes through. Neither text nor session does: a page can say no more than whether we are shown.

// The link to the script; null where this page stands by itself.
export function embedded(storage) {
  const settings = document.getElementById("embed");
  return settings && parent !== window ? new Embed(JSON.parse(settings.textContent), storage) : null;
}

class Embed {
  constructor({ origins }, storage) {
    Object.assign(this, { origins: new RegExp(origins), storage, shown: false, port: null });
    if (storage.read === null) storage.read = storage.lastSeen;
    addEventListener("message", (event) => this.greeted(event));
    storage.onRead(() => this.count());
    const close = document.getElementById("close");
    close.hidden = false;
    close.addEventListener("click", () => this.tell("close"));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
      if (!document.querySelector("dialog[open]")) this.tell("close");
    });
  }

  greeted({ source, origin, data, ports }) {
    if (this.port || source !== parent || !this.origins.test(origin) || data !== "zhengwu-chat" || ports.length !== 1) return;
    [this.port] = ports;
    this.port.onmessage = ({ data: said }) => this.hear(said);
    this.tell("ready");
    this.count();
  }

  hear(said) {
    if (!["shown", "focus", "hidden"].includes(said)) return;
    this.shown = said !== "hidden";
    this.count();
    if (said === "focus") this.focus();
  }

  focus() {
    // On a phone the keyboard would hide the welcome.
    const wanted = document.getElementById(matchMedia("(pointer: coarse)").matches ? "scroll" : "text");
    wanted.focus();
    if (document.activeElement === wanted) return;
    // The word may come before the picture: what is not yet drawn takes no focus, and no frame comes before it is.
    requestAnimationFrame(() => { if (this.shown) wanted.focus(); });
  }

  // Replies that came while the panel was closed, also on the site's pages before this one.
  count() {
    if (this.shown) this.storage.read = this.storage.lastSeen;
    this.tell("unread", { count: this.storage.unread });
  }

  tell(type, more = {}) {
    this.port?.postMessage({ type, ...more });
  }
}
