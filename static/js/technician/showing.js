// Shows the day as it is once the taps on this phone are counted in, sent or not.
import * as sending from "./sending.js";
import * as taps from "./taps.js";

const SCHEDULED = "690970000";
const IN_PROGRESS = "690970003";

export function day() {
  return document.querySelector("[data-day]");
}

export function part(name) {
  return day().querySelector(`[data-${name}]`);
}

export function rendered() {
  return Date.parse(day().dataset.now);
}

// Whether the last request to the server failed.
export const server = { isUnreachable: false };

function includes(list, status) {
  return (list || "").split(" ").includes(status);
}

function counted(visit) {
  return taps.all().filter((tap) => tap.booking === visit.dataset.visit && !taps.isOpen(tap));
}

// The status after an undo: work that had begun goes on, every other visit is planned again.
export function afterUndo(visit) {
  const back = visit.querySelector("[data-back]")?.dataset.back;
  const passed = [back || visit.dataset.rendered, ...counted(visit).map((tap) => tap.after)];
  const begun = passed.lastIndexOf(IN_PROGRESS);
  return begun > passed.lastIndexOf(SCHEDULED) ? IN_PROGRESS : SCHEDULED;
}

function showVisit(visit) {
  visit.dataset.rendered = visit.dataset.rendered || visit.dataset.status;
  const mine = counted(visit);
  const after = mine.filter((tap) => tap.after).pop();
  const late = mine.filter((tap) => tap.minutes).pop();
  const status = after ? after.after : visit.dataset.rendered;
  visit.dataset.status = status;
  const state = part("states").content.querySelector(`[data-status='${status}']`);
  const badge = visit.querySelector("[data-badge]");
  badge.textContent = state.textContent;
  badge.className = `state tone-${state.dataset.tone}`;
  visit.querySelector("[data-unsent]").hidden = !mine.some((tap) => !tap.outcome);
  showSaidLate(visit.querySelector("[data-said-late]"), late);
  const expected = visit.querySelector("[data-expected]");
  if (expected) {
    expected.hidden = status !== visit.dataset.rendered; // it was about the status before
  }
  showButtons(visit, status);
}

function showSaidLate(said, late) {
  if (said) {
    said.dataset.noted = said.dataset.noted || said.textContent;
    said.textContent = late ? day().dataset.wordsLate.replace("#", late.minutes) : said.dataset.noted;
    said.hidden = !said.textContent;
  }
}

function showButtons(visit, status) {
  for (const one of visit.querySelectorAll("[data-before]")) {
    one.hidden = !includes(one.dataset.before, status);
  }
  for (const form of visit.querySelectorAll("[data-first]")) {
    const isFirst = includes(form.dataset.first, status);
    form.classList.toggle("tap-first", isFirst);
    form.querySelector("button").classList.toggle("button-quiet", !isFirst);
    if (isFirst && form.parentElement.firstElementChild !== form) {
      form.parentElement.prepend(form);
    }
  }
}

function showQueue() {
  const waiting = taps.unsent().length;
  const note = part("waiting");
  const signIn = part("sign-in");
  const words = day().dataset;
  // With a connection it is sent in a moment; a note that comes and goes would move the buttons under the finger.
  note.hidden = !waiting || sending.isSignedOut || (navigator.onLine && !sending.isStuck);
  say(note, waiting ? words.wordsWaiting.replace("#", waiting) : "");
  signIn.hidden = !waiting || !sending.isSignedOut;
  say(signIn, waiting === 1 ? words.wordsSignInOne : words.wordsSignIn.replace("#", waiting));
  part("offline").hidden = navigator.onLine && !server.isUnreachable;
  showRefusals();
}

// A live region is heard again whenever it is written; so only when its words change.
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function showRefusals() {
  const list = part("refusals");
  const refused = taps.all().filter(taps.isOpen);
  const ids = refused.map((tap) => tap.id + tap.outcome).join(" ");
  if (list.dataset.ids !== ids) {
    list.dataset.ids = ids;
    list.replaceChildren(...refused.map(refusal));
  }
}

function refusal(tap) {
  const line = document.createElement("div");
  line.className = "day-refusal";
  const words = document.createElement("p");
  words.textContent = `${tap.label}: ${tap.answer}`;
  const isAsked = tap.outcome === "ask";
  line.classList.toggle("day-question", isAsked);
  const said = day().dataset;
  const buttons = document.createElement("div");
  buttons.className = "day-answers";
  if (isAsked) {
    buttons.append(answer(said.wordsYes, () => {
      taps.confirm(tap.id);
      sending.drain();
    }));
  }
  buttons.append(answer(isAsked ? said.wordsNotNow : said.wordsOk, () => taps.dismiss(tap.id)));
  line.append(words, buttons);
  return line;
}

function answer(words, do_) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = words;
  button.addEventListener("click", do_);
  return button;
}

export function show() {
  day().querySelectorAll("[data-visit]").forEach(showVisit);
  showQueue();
  document.dispatchEvent(new Event("technician:shown"));
}
