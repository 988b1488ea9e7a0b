// The bell opens the newest notifications beside the page; lists tell the server what was seen in them.
import { bell, post, words } from "./bell.js";
import { dialog } from "./panes.js";
import { refresh } from "./retrieval.js";
import { failed } from "./toasts.js";

let flyout = null;

export function start() {
  const page = document.querySelector("main [data-center], #content [data-center]");
  if (page) {
    noteSeen(page);
  }
  bell.setAttribute("aria-haspopup", "dialog");
  bell.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || location.href.split(/[?#]/)[0] === bell.href) {
      return;
    }
    event.preventDefault();
    open();
  });
}

export async function reloadLists() {
  for (const list of document.querySelectorAll("[data-center]")) {
    await fill(list);
  }
}

async function fill(list) {
  const page = list === flyout ? null : new URLSearchParams(location.search).get("page");
  const query = page ? `&page=${encodeURIComponent(page)}` : "";
  const answer = await fetch(`${bell.href}?part=1${query}`, { cache: "no-store" });
  if (!answer.ok) {
    failed();
    return;
  }
  const inner = list.querySelector("[data-list]") || list;
  inner.innerHTML = await answer.text();
  noteSeen(inner);
}

function noteSeen(list) {
  const fresh = Array.from(list.querySelectorAll(".note-new[data-note]"));
  if (fresh.length) {
    post(words.seen, fresh.map((card) => ["id", card.dataset.note])).then(refresh).catch(failed);
  }
}

async function open() {
  if (!flyout) {
    flyout = dialog("flyout", words.wordsTitle);
    flyout.dataset.center = "";
    const all = document.createElement("a");
    all.className = "note-action";
    all.href = bell.href;
    all.textContent = words.wordsAll;
    flyout.querySelector(".inapp-head").append(all);
    document.body.append(flyout);
  }
  bell.setAttribute("aria-expanded", "true");
  flyout.showModal();
  await fill(flyout);
}
