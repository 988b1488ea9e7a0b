// Snoozing a card, waking it, taking it and giving it back, without leaving the page; and noting that one was opened.
import { bell, post, words } from "./bell.js";
import { reloadLists } from "./flyout.js";
import { refresh } from "./retrieval.js";
import { failed, notice } from "./toasts.js";

export function cardVerb(event) {
  const form = event.target;
  if (!form.matches("[data-card-verb]")) {
    return;
  }
  event.preventDefault();
  send(form, event.submitter).catch(failed);
}

async function send(form, button) {
  const card = form.closest("[data-note]")?.dataset.note;
  const inToast = form.closest(".toast");
  const said = await answered(form.action, new FormData(form, button));
  inToast?.remove();
  await reloadLists();
  refresh();
  notice(said);
  backTo(card);
}

async function answered(address, fields) {
  try {
    return (await (await post(address, fields.entries())).json()).said;
  } catch (error) {
    if (error.answer?.status !== 409) {
      throw error;
    }
    return (await error.answer.json()).said; // somebody was quicker, or the time is wrong
  }
}

function backTo(card) {
  // The lists are new: the focus goes to the same card, to the next best place, or to the bell.
  const lists = Array.from(document.querySelectorAll("[data-center]")).filter((list) => list.checkVisibility());
  const here = lists.at(-1);
  const same = card && here?.querySelector(`[data-note='${CSS.escape(card)}'] :is(button, summary)`);
  (same || here?.querySelector(".snoozed button, [data-note] button, .note-preferences a") || bell).focus();
}

// Whoever follows a link of a card has opened it, also from a toast.
export function noteOpened(event) {
  const link = event.target.closest("[data-note] :is(.note-action, .note-body, .note-title) a, [data-note] a.note-action");
  if (link) {
    post(words.seen, [["id", link.closest("[data-note]").dataset.note]]).catch(() => {});
  }
}
