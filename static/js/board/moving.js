// One board: what is picked up, what the server says of it, and what has been said to the reader.
import { clock, isDrawn, placeOf, same } from "./places.js";

const HOVER = 250; // ms at one place before the server is asked what stands against it

export class Board {
  constructor(page) {
    this.page = page;
    this.words = page.dataset;
    this.mayMove = page.dataset.mayMove === "yes";
    this.live = page.querySelector("[data-live]");
    this.hover = page.querySelector("[data-hover]");
    this.dialog = page.querySelector("[data-dialog]");
    this.news = page.querySelector("[data-news]");
    this.lifted = null; // {item, from, place}
    this.isSaving = false;
    this.asked = new AbortController();
    this.news.addEventListener("submit", (event) => this.undo(event));
  }

  get isBusy() {
    return Boolean(this.lifted) || this.isSaving || this.dialog.open;
  }

  may(item, what) {
    return this.mayMove && isDrawn() && (item.dataset.order ? what !== "tray" : (item.dataset.may ?? "").split(" ").includes(what));
  }

  say(words) {
    this.live.textContent = "";
    requestAnimationFrame(() => { this.live.textContent = words; });
  }

  // --- Picked up ------------------------------------------------------------------------------------------------------
  lift(item, place) {
    const home = placeOf(item, this.page);
    this.lifted = { item, home, place };
    item.classList.add("board-lifted");
    this.page.classList.add("board-moving");
    this.ghost = document.createElement("div");
    this.ghost.className = "board-ghost";
    this.target(place);
  }

  words_of(place) {
    return `${clock(place.from)} ${this.words.sayTo} ${clock((place.from + place.minutes) % 1440)}, ${place.lane.dataset.name}`;
  }

  /** Show the place that it would get, and soon what stands against it. */
  target(place, quietly = false) {
    const { lifted } = this;
    lifted.place = place;
    const words = place.isTray ? this.words.sayTray : this.words_of(place);
    this.ghost.textContent = place.isTray ? "" : words;
    this.hover.hidden = false;
    // Never over the lane that it is about.
    const isLow = !place.isTray && place.lane.getBoundingClientRect().top > innerHeight / 2;
    this.hover.classList.toggle("board-hover-above", isLow);
    this.hover.querySelector("[data-where]").textContent = `${lifted.item.dataset.name}: ${words}`;
    if (!quietly) this.say(words);
    this.lookSoon(place);
  }

  lookSoon(place) {
    clearTimeout(this.timer);
    this.asked.abort();
    const region = this.hover.querySelector("[data-look-here]");
    region.setAttribute("aria-busy", "true");
    if (this.lifted.home && same(this.lifted.home, place)) {
      region.replaceChildren();
      return;
    }
    this.timer = setTimeout(async () => {
      const answer = await this.send(this.lifted.item, place, { preview: "1" }, true);
      if (!answer || !this.lifted) return;
      region.replaceChildren(answer.part);
      region.removeAttribute("aria-busy");
      this.ghost.classList.toggle("board-ghost-wrong", Boolean(region.querySelector(".board-against")));
      this.say(`${this.hover.querySelector("[data-where]").textContent}. ${region.textContent.replace(/\s+/g, " ")}`);
    }, HOVER);
  }

  letGo() {
    clearTimeout(this.timer);
    this.asked.abort();
    this.lifted?.item.classList.remove("board-lifted");
    this.ghost?.remove();
    this.hover.hidden = true;
    this.hover.querySelector("[data-look-here]").replaceChildren();
    this.page.classList.remove("board-moving");
    this.lifted = null;
  }

  // --- Dropped --------------------------------------------------------------------------------------------------------
  async drop() {
    const { item, home, place } = this.lifted;
    if (home && !place.isTray && same(home, place)) {
      this.letGo();
      this.say(this.words.sayBack);
      return;
    }
    this.isSaving = true;
    this.hover.hidden = true;
    try {
      const more = place.isTray ? await this.confirmed(item, place, { tray: "1" }) : {};
      if (more) await this.save(item, place, more);
      else this.say(this.words.sayBack);
    } finally {
      this.isSaving = false;
      this.letGo();
    }
  }

  async save(item, place, more) {
    const answer = await this.send(item, place, more);
    if (!answer) return;
    if (answer.status === 409 && answer.part.querySelector("[data-conflict]")) {
      const accepted = await this.confirmed(item, place, more, answer.part);
      if (accepted) await this.save(item, place, accepted);
      else this.say(this.words.sayBack);
      return;
    }
    const visit = answer.part.querySelector("[data-visit]")?.dataset.visit ?? item.dataset.visit;
    await this.refresh({ focus: visit });
    this.show(answer.part);
  }

  /** Ask in the dialog; return what to send more, or null. */
  async confirmed(item, place, more, look) {
    const isTray = Boolean(more.tray);
    const part = look ?? (await this.send(item, place, { ...more, preview: "1" }))?.part;
    if (!part) return null;
    const { dialog, words } = this;
    const form = dialog.querySelector("form");
    form.reset();
    dialog.querySelector("[data-title]").textContent = isTray ? words.sayUnplan : `${item.dataset.name}: ${words.sayDespite}`;
    dialog.querySelector("[data-yes]").textContent = isTray ? words.sayYesUnplan : words.sayBook;
    dialog.querySelector("[data-look-here]").replaceChildren(part);
    form.elements.why.required = !isTray;
    const kinds = [...dialog.querySelectorAll("[data-conflict]")].map((one) => one.dataset.conflict);
    dialog.returnValue = "no";
    dialog.showModal();
    await new Promise((done) => { dialog.addEventListener("close", done, { once: true }); });
    if (dialog.returnValue !== "yes") return null;
    const accepted = { ...more, why: form.elements.why.value };
    if (form.elements.quiet.checked) accepted.quiet = "on";
    return isTray ? accepted : { ...accepted, all_the_same: "on", despite: kinds };
  }

  async undo(event) {
    event.preventDefault();
    const form = event.target;
    this.isSaving = true; // a visit picked up before the board is fresh would still have its old state
    try {
      const answer = await this.ask(form.action, new FormData(form));
      if (!answer) return;
      await this.refresh({});
      this.show(answer.part);
    } finally {
      this.isSaving = false;
    }
  }

  /** Show what was done, with the button to undo it for as long as that is possible. */
  show(part) {
    clearInterval(this.counting);
    this.news.replaceChildren(part);
    this.say(this.news.textContent.replace(/\s+/g, " "));
    const close = document.createElement("button");
    close.type = "button";
    close.className = "board-close";
    close.textContent = "×";
    close.setAttribute("aria-label", this.words.sayClose);
    close.addEventListener("click", () => this.news.replaceChildren());
    this.news.firstElementChild?.append(close);
    const form = this.news.querySelector("[data-undo-form]");
    if (!form) return;
    const button = form.querySelector("button");
    const until = performance.now() + form.dataset.seconds * 1000;
    const count = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      if (left > 0) button.textContent = `${this.words.sayUndo} (${left})`;
      else form.remove();
      if (left <= 0) clearInterval(this.counting);
    };
    count();
    this.counting = setInterval(count, 1000);
  }

  // --- The server -----------------------------------------------------------------------------------------------------
  async send(item, place, more, mayBeAborted = false) {
    const { visit, order, revision } = item.dataset;
    const address = new URL(this.words.move, location.href);
    address.searchParams.set(order ? "work_order" : "visit", order ?? visit);
    const body = new FormData();
    if (!place.isTray) {
      body.set("day", place.day);
      body.set("time", clock(place.from));
      body.set("minutes", place.minutes);
      body.set("resource", place.lane.dataset.lane);
    }
    if (revision) body.set("revision", revision);
    for (const [name, value] of Object.entries(more)) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return this.ask(address, body, mayBeAborted);
  }

  /** Post, and return the status with the part of a page that came; null if nothing usable came. */
  async ask(address, body, mayBeAborted = false) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (token) body.set("csrfmiddlewaretoken", token);
    if (mayBeAborted) this.asked = new AbortController();
    try {
      const signal = mayBeAborted ? this.asked.signal : undefined;
      const answer = await fetch(address, { method: "POST", body, signal, headers: { "X-Board": "1" }, credentials: "same-origin" });
      if (answer.redirected || ![200, 400, 409].includes(answer.status)) throw new Error(answer.status);
      const text = await answer.text();
      const part = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      return { status: answer.status, part };
    } catch (error) {
      if (error.name !== "AbortError" && !mayBeAborted) this.trouble();
      return null;
    }
  }

  trouble() {
    const part = document.createElement("div");
    part.className = "board-said tone-failed";
    part.textContent = this.words.sayTrouble;
    this.show(part);
  }
}
