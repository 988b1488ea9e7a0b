// Dismissing one card or all of them, without leaving the page, and with undo.
import { bell, post, words } from "./bell.js";
import { reloadLists } from "./flyout.js";
import { refresh } from "./retrieval.js";
import { failed, put, say } from "./toasts.js";

export function dismiss(event) {
  const form = event.target;
  if (!form.matches("[data-dismiss], [data-dismiss-all]")) {
    return;
  }
  event.preventDefault();
  send(form).catch(failed);
}

async function send(form) {
  const cards = form.matches("[data-dismiss]") ? [form.closest("[data-note]")] : allShown(form);
  const answer = await post(form.action, new FormData(form).entries());
  takeAway(cards);
  offerUndo(answer.headers.get("X-Undo"));
  refresh();
  // An empty list says that it is empty, instead of offering to dismiss nothing.
  if (!document.querySelector("[data-center] [data-note]")) {
    await reloadLists();
  }
}

function allShown(form) {
  return Array.from((form.closest("[data-center]") || document).querySelectorAll("[data-note]"));
}

function takeAway(cards) {
  for (const card of cards) {
    for (const same of document.querySelectorAll(`[data-note='${CSS.escape(card.dataset.note)}']`)) {
      (same.closest(".toast") || same.closest("li") || same).remove();
    }
  }
}

function offerUndo(what) {
  document.querySelector(".toast-undo")?.remove();
  const holder = document.createElement("div");
  holder.className = "toast-undo";
  const text = document.createElement("p");
  text.textContent = words.wordsDismissed;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "note-action";
  button.textContent = words.wordsUndo;
  button.addEventListener("click", () => undo(what, holder).catch(failed));
  holder.append(text, button);
  put(holder, 10);
  say(words.wordsDismissed);
  button.focus();
}

async function undo(what, holder) {
  await post(words.undo, [["what", what]]);
  holder.remove();
  refresh();
  await reloadLists();
  // The button is gone: move the focus to what came back, or to the bell.
  const isOne = /^[0-9a-f-]{36}$/i.test(what); // a card's id; all together are named by a moment
  const back = Array.from(document.querySelectorAll("[data-center] [data-note]")).find(
    (card) => card.checkVisibility() && (card.dataset.note === what || !isOne),
  );
  (back ? back.querySelector(".note-close") : bell).focus();
}
