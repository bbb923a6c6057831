// The conversation in the middle: its head, what happened to it, what was said, and what may be done.

import { get, isAway, post, Refused } from "/static/api.js";
import { Acts } from "/static/desk_acts.js";
import { Composer } from "/static/desk_composer.js";
import { ask } from "/static/desk_dialogs.js";
import { $, chip, fill, make, maskName, plainMasks, serverSays, since } from "/static/desk_dom.js";
import { draft, forget } from "/static/desk_drafts.js";
import { Log } from "/static/desk_log.js";
import { Outgoing } from "/static/desk_outgoing.js";

const SHOWN_FOR = 60000;
const UNDER_WAY = new Set(["pending", "sending"]);
const LOOK_AGAIN = 2000;
const LATER = 3000;

export class Talk {
  // page: what the rest of the page does: refresh(), trouble(text), opened(view), lists, beside, go(view)
  constructor(page) {
    this.page = page;
    this.id = null;
    this.view = null;
    this.acts = new Acts(this);
    this.log = new Log($(".talk .log"), {
      reveal: (token, kind, place) => this.reveal(token, kind, place),
      picture: (line, place) => this.picture(line, place),
      look: (answer) => page.beside.look(answer),
      find: (text) => page.beside.find(text),
      older: () => this.older(),
      phone: (text, key) => this.acts.phone(text, key),
      retry: (key) => this.outgoing.retry(this.id, key),
      back: (key) => this.takeBack(key),
    });
    this.outgoing = new Outgoing({
      changed: (id) => { if (id === this.id) this.log.waiting(this.outgoing.of(id)); },
      stored: (id) => { if (id === this.id) this.load(); },
      refused: (id) => { if (id === this.id) this.load({ background: true }); },
    });
    this.composer = new Composer({
      send: (id, text, unit) => this.acts.send(id, text, unit),
      settle: (id, text, unit) => this.acts.settle(id, text, unit),
    });
  }

  async open(id) {
    if (this.id !== id) {
      this.close();
      this.id = id;
      this.page.beside.clear(); // nobody shall get the answer to somebody else's question
      this.log.clear(id);
      this.log.waiting(this.outgoing.of(id));
    }
    await this.load();
  }

  close() {
    clearTimeout(this.again);
    this.id = null;
    this.view = null;
    this.composer.hide();
  }

  // Fetches what is true; of two at once, the later one counts.
  async load({ background = false } = {}) {
    const { id } = this;
    if (id === null) return;
    const turn = this.turn = Symbol("load");
    clearTimeout(this.again);
    let view;
    try {
      view = await get(`/desk/conversations/${id}`, { background });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.id !== id) return;
      if (error.status === 404) this.gone(error.message);
      else if (isAway(error)) this.again = setTimeout(() => this.load({ background: true }), LATER); // told of at the top
      else this.page.trouble(error);
      return;
    }
    if (turn !== this.turn || this.id !== id) return;
    serverSays(view.now);
    this.show(view);
  }

  show(view) {
    const before = this.view;
    this.view = view;
    this.outgoing.seen(this.id, new Set(view.lines.map(({ key }) => key).filter(Boolean)));
    this.log.put(view);
    this.head(view.head);
    this.notices(view.head, before?.head);
    this.composer.show(view.head);
    this.page.opened(view, !before);
    if (view.lines.some(({ delivery }) => delivery && UNDER_WAY.has(delivery.state))) {
      this.again = setTimeout(() => this.load({ background: true }), LOOK_AGAIN);
    }
  }

  // The conversation is not there any more: erased, as the citizen may ask for.
  gone(text) {
    forget(this.id);
    $(".talk .head").replaceChildren(make("h2", {}, "会话已不在"), this.back());
    $(".talk .notices").replaceChildren(make("p", { class: "warn" }, text));
    this.log.clear(null);
    this.composer.hide();
    this.page.beside.clear();
  }

  back() { return make("button", { type: "button", class: "back", onclick: () => this.page.go("list") }, "‹ 列表"); }

  head(head) {
    const title = head.topic || plainMasks(head.question) || "还没有说明事由";
    const place = [head.channel, head.region, head.department].filter(Boolean).join(" · ");
    const who = head.state === "waiting" ? since(head.opened_at, "已等候 ") : make("span", {}, head.talks ? "您在接待" : `${head.assigned_name ?? ""}${{ with_agent: "在接待", wrap_up: "待办结", closed: "已办结" }[head.state]}`);
    const keep = $(".talk .head [data-do]:focus")?.dataset.do;
    fill($(".talk .head"),
      make("div", { class: "title" }, this.back(), make("h2", {}, title),
        make("button", { type: "button", class: "back", onclick: () => this.page.go("beside") }, "资料 ›")),
      make("p", { class: "row facts" }, make("span", {}, place), who,
        head.tags.map(({ text, tone }) => make("span", { class: `tag ${tone}` }, text)),
        head.contact ? chip(head.contact, head.contact.slice(1).split(":")[0], (...all) => this.reveal(...all)) : null),
      head.window ? make("p", { class: `window${head.window.soon ? " soon" : ""}` }, head.window.text) : null,
      make("div", { class: "row acts" }, this.acts.buttons(head)));
    if (keep) $(`.talk .head [data-do="${keep}"]`)?.focus();
  }

  notices(head, before) {
    const told = [];
    if (before?.talks && !head.talks && head.state !== "closed" && !head.left_words) {
      this.lost = head.state === "with_agent" ? `这个会话刚刚转给了${head.assigned_name}。` : head.state === "waiting" ? "这个会话刚刚回到了排队。" : null;
    }
    if (head.talks || before === undefined) this.lost = null;
    if (this.lost) told.push(make("p", { class: "warn", role: "alert" }, this.lost, draft(head.id).text ? "您没有发出的草稿还在下面，可以复制。" : ""));
    if (head.left_words && head.state !== "closed") told.push(make("p", { class: "warn" }, head.left_words));
    if (head.talks && head.window?.shut) {
      told.push(make("p", { class: "warn" }, `${head.window.text}。请`,
        make("button", { type: "button", onclick: () => this.acts.phone(this.composer.text.value) }, "转为电话待办")));
    }
    $(".talk .notices").replaceChildren(...told);
  }

  takeBack(key) {
    const message = this.outgoing.drop(this.id, key);
    if (message) this.composer.insert(message.text, message.unit);
  }

  async older() {
    const found = await this.acts.act(() => get(`/desk/conversations/${this.id}/older?before=${this.log.first}`));
    if (found?.lines) this.log.put(found, { older: true });
  }

  async reveal(token, kind, place) {
    await reveal(token, kind, place, (reason) => post(`/desk/conversations/${this.id}/reveal`, { token, reason }), this.page);
  }

  // Shown for as long as the line is drawn; nothing of it is kept.
  async picture(line, place) {
    place.disabled = true;
    const found = await this.acts.act(() => post(`/desk/conversations/${this.id}/picture`, { line }));
    place.disabled = false;
    if (found?.picture) place.replaceWith(make("img", { class: "sent", src: found.picture, alt: "群众发的图片" }));
  }
}

// Asks for the reason, shows the value for a minute, and forgets it.
export async function reveal(token, kind, place, fetchValue, page) {
  const given = await ask("reveal", { prepare: (dialog) => { $("[data-kind]", dialog).textContent = maskName(kind); } });
  if (!given) return;
  try {
    const { value } = await fetchValue(given.reason);
    const shown = make("span", { class: "chip open" }, value);
    place.replaceWith(shown);
    setTimeout(() => shown.replaceWith(place), SHOWN_FOR);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    page.trouble(error);
  }
}
