// What this browser remembers: one key per message, so that several tabs never overwrite each other.

const ROOT = "zhengwu.chat";
const KEPT = 300;
const DAYS = 30; // as long as the server knows a session that is not used

function open() {
  try {
    localStorage.setItem(`${ROOT}.probe`, "1");
    localStorage.removeItem(`${ROOT}.probe`);
    return localStorage;
  } catch {
    const memory = new Map();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => memory.set(key, value),
      removeItem: (key) => memory.delete(key),
      key: (index) => [...memory.keys()][index] ?? null,
      get length() { return memory.size; },
    };
  }
}

// randomUUID exists on secure origins only; an intranet page may be plain http.
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Storage {
  constructor() {
    this.store = open();
    this.latest = 0;
    if (!this.book) this.begin();
    for (const entry of this.entries()) this.latest = Math.max(this.latest, entry.at);
  }

  get book() { return this.store.getItem(`${ROOT}.book`); }
  get session() { return this.store.getItem(`${ROOT}.session`); }
  get lastSeen() { return Number(this.store.getItem(`${ROOT}.seen`)) || 0; }

  // The last reply that was in view, null as long as none was; kept by a frame that can be folded away.
  get read() {
    const read = this.store.getItem(`${ROOT}.read`);
    return read === null ? null : Number(read);
  }
  set read(seq) {
    if (seq !== this.read) this.store.setItem(`${ROOT}.read`, String(seq));
  }
  get unread() { return this.entries().filter(({ seq }) => seq > this.read).length; }

  set session(session) { this.store.setItem(`${ROOT}.session`, session); }

  saw(seq) {
    if (seq > this.lastSeen) this.store.setItem(`${ROOT}.seen`, String(seq));
  }

  // Forget the conversation on this device.
  begin() {
    const mine = [];
    for (let index = 0; index < this.store.length; index += 1) {
      const key = this.store.key(index);
      if (key.startsWith(`${ROOT}.`)) mine.push(key);
    }
    mine.forEach((key) => this.store.removeItem(key));
    this.store.setItem(`${ROOT}.book`, uuid());
  }

  // A new session of the server's: nothing of it has been seen.
  renew(session) {
    this.session = session;
    this.store.removeItem(`${ROOT}.seen`);
  }

  entries() {
    const found = [];
    for (let index = 0; index < this.store.length; index += 1) {
      const key = this.store.key(index);
      if (key.startsWith(`${ROOT}.entry.`)) found.push(JSON.parse(this.store.getItem(key)));
    }
    return found.sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
  }

  get(key) {
    const value = this.store.getItem(`${ROOT}.entry.${key}`);
    return value && JSON.parse(value);
  }

  // Add an entry, or change the one with its key. The time of the first addition stays.
  put(entry) {
    const known = this.get(entry.key);
    this.latest = Math.max(Date.now(), this.latest + 1);
    const kept = { at: this.latest, ...known, ...entry };
    try {
      this.store.setItem(`${ROOT}.entry.${kept.key}`, JSON.stringify(kept));
    } catch { // full: room for what comes next; this one is shown, and the server still has it
      this.prune(KEPT / 2);
    }
    return kept;
  }

  prune(keep = KEPT) {
    const entries = this.entries();
    const old = Date.now() - DAYS * 24 * 3600 * 1000;
    entries.filter(({ at }, index) => at < old || index < entries.length - keep).forEach(({ key }) => this.store.removeItem(`${ROOT}.entry.${key}`));
  }

  // Call back when another tab showed what had not been read.
  onRead(callback) {
    addEventListener("storage", ({ key }) => { if (key === `${ROOT}.read`) callback(); });
  }

  // Call back when another tab changed something: with an entry, or null when the conversation began anew.
  onOtherTab(callback) {
    addEventListener("storage", ({ key, newValue }) => {
      if (key === null || key === `${ROOT}.book`) callback(null);
      else if (key.startsWith(`${ROOT}.entry.`) && newValue) callback(JSON.parse(newValue));
    });
  }
}
