// Messages on their way to the server. Each has a key of its own: sent again after a broken line, it is stored once.
// They go one after the other, and wait for each other: what was written first is read first.

import { isAway, post, Refused } from "/static/api.js";
import { uuid } from "/static/desk_dom.js";
import { keepPending, pending, unfinished } from "/static/desk_drafts.js";

const LONGEST_WAIT = 15000;

export class Outgoing {
  // changed(id): something is to be shown anew; stored(id): the server has one more; refused(id): it will not have one
  constructor({ changed, stored, refused }) {
    Object.assign(this, { changed, stored, refused });
    this.messages = new Map();
    this.busy = new Set();
    unfinished().forEach((id) => this.flush(id));
  }

  of(id) {
    if (!this.messages.has(id)) this.messages.set(id, pending(id));
    return this.messages.get(id);
  }

  add(id, text, unit) {
    this.of(id).push({ key: uuid(), text, unit, trouble: null, stored: false });
    this.keep(id);
    this.flush(id);
  }

  // The server shows these by itself now.
  seen(id, keys) {
    const left = this.of(id).filter(({ key }) => !keys.has(key));
    if (left.length === this.of(id).length) return;
    this.messages.set(id, left);
    this.keep(id);
  }

  retry(id, key) {
    const message = this.of(id).find((one) => one.key === key);
    if (message) message.trouble = null;
    this.keep(id);
    this.flush(id);
  }

  // Take one back; returns it.
  drop(id, key) {
    const message = this.of(id).find((one) => one.key === key);
    this.messages.set(id, this.of(id).filter((one) => one !== message));
    this.keep(id);
    this.flush(id);
    return message;
  }

  keep(id) {
    keepPending(id, this.of(id).filter(({ stored }) => !stored));
    this.changed(id);
  }

  async flush(id, wait = 1000) {
    if (this.busy.has(id)) return;
    const message = this.of(id).find(({ stored }) => !stored);
    if (!message || message.trouble) return;
    this.busy.add(id);
    let pause = 0;
    try {
      await post(`/desk/conversations/${id}/say`, { text: message.text, key: message.key, from: message.unit });
      message.stored = true;
      this.stored(id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (isAway(error)) pause = wait;
      else if (error.status !== 401) {
        message.trouble = { text: error.message, reason: error.answer.reason };
        this.refused(id);
      }
      message.waits = Boolean(pause);
    } finally {
      this.busy.delete(id);
    }
    this.keep(id);
    if (pause) setTimeout(() => this.flush(id, Math.min(wait * 2, LONGEST_WAIT)), pause);
    else this.flush(id);
  }
}
