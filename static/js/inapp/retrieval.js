// What is new: asked for at the start, on navigation when the last time is over a minute ago, and while the page is
// open where the settings say so. Shown as the number on the bell, and as toasts.
import { bell, post, words } from "./bell.js";
import { put, region, say } from "./toasts.js";

const LAST = `inapp-last-retrieval-${words?.userId}`; // another user on this browser has seen nothing yet
const MINUTE = 60000;
const AT_ONCE = 3; // toasts beside each other
let etag = "";
let timer = 0;
let every = 0;
let isWanted = false;

export function start() {
  document.addEventListener("visibilitychange", () => {
    if ((every > 0 || isWanted) && !document.hidden) {
      look();
    } else {
      plan();
    }
  });
  if (isDue()) {
    look();
  } else {
    // Not due yet; a page that stays open may still ask later.
    every = Number(words.every) || 0;
    plan();
  }
}

export function refresh() {
  etag = "";
  look();
}

function isDue() {
  const last = Number(localStorage.getItem(LAST)) || 0;
  return !sessionStorage.getItem(LAST) || Date.now() - last > MINUTE;
}

async function retrieve() {
  localStorage.setItem(LAST, String(Date.now()));
  sessionStorage.setItem(LAST, "1");
  const headers = etag ? { "If-None-Match": etag } : {};
  const response = await fetch(words.poll, { headers, cache: "no-store" });
  if (response.status === 401 || response.status === 403) {
    every = 0; // signed out or without a bell: nothing more to ask for
    return;
  }
  if (response.status !== 200) {
    return;
  }
  etag = response.headers.get("ETag") || "";
  const answer = await response.json();
  every = answer.every;
  count(answer);
  await toast(answer);
}

async function look() {
  isWanted = document.hidden; // nobody would see the toasts of a tab that was opened behind this one
  if (isWanted) {
    return;
  }
  // One tab at a time shows toasts; what it has shown is noted before the next one asks.
  const work = () => retrieve().catch(() => {}); // a restarting server is not worth a message
  await (navigator.locks ? navigator.locks.request("inapp-toasts", work) : work());
  plan();
}

function plan() {
  clearTimeout(timer);
  if (every > 0 && !document.hidden) {
    timer = setTimeout(look, every * 1000);
  }
}

function count(answer) {
  const badge = bell.querySelector("[data-bell-badge]");
  badge.textContent = answer.badge;
  badge.hidden = !answer.badge;
  bell.querySelector("[data-bell-words]").textContent = answer.words;
}

// --- Toasts ---------------------------------------------------------------------------------------------------------
async function toast(answer) {
  if (!answer.waiting.length) {
    return;
  }
  await post(words.toasted, answer.waiting.map((id) => ["id", id]));
  const fresh = answer.toasts.map((one) => show(one.html, answer.seconds));
  const said = fresh.map((toast) => toast.querySelector(".note-title").textContent).join(". ");
  if (fold(fresh) || answer.waiting.length > fresh.length) {
    tellOfMore(answer);
  }
  say(said);
}

function show(html, seconds) {
  const holder = document.createElement("div");
  holder.innerHTML = html; // our own template, around content that was made safe when it was written
  put(holder, seconds);
  return holder;
}

function fold(fresh) {
  // Earlier ones make room, then the last of the new; never the one that somebody is reading.
  const all = Array.from(region().querySelectorAll(".toast")).filter((toast) => toast.querySelector(".note"));
  const earlier = all.filter((toast) => !fresh.includes(toast));
  const free = [...earlier, ...fresh.slice().reverse()].filter((toast) => !toast.matches(":hover, :focus-within"));
  const going = free.slice(0, Math.max(0, all.length - AT_ONCE));
  going.forEach((toast) => toast.remove());
  return going.length > 0;
}

function tellOfMore(answer) {
  region().querySelector(".toast-more")?.remove();
  const more = document.createElement("a");
  more.href = bell.href;
  more.className = "toast-more";
  more.textContent = `${answer.badge} ${words.wordsMore}`;
  put(more, answer.seconds);
}
