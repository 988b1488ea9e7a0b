// Sends the taps one by one, in order, each with an id of its own, so that the server counts it once however often it
// is sent.
import * as taps from "./taps.js";

const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60000;
const PATIENCE = 30000;
const address = document.querySelector("[data-day]").dataset.taps;
let pause = FIRST_PAUSE;
let timer = 0;
let running = null;

export let isSignedOut = false;
export let isStuck = false; // the last try to send did not get through

export function token() {
  // A page that was kept may be older than the sign-in; the cookie is what counts.
  const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/);
  return cookie ? cookie[1] : (document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
}

function fields(tap) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token());
  body.append("user", taps.user);
  for (const name of ["id", "booking", "verb", "minutes", "made_at"]) {
    if (tap[name]) {
      body.append(name, tap[name]);
    }
  }
  body.append("sure", tap.sure || ""); // empty: the server may ask
  body.append("sent_at", new Date().toISOString()); // by the same clock, however wrong
  return body;
}

async function answerOf(tap) {
  const answer = await fetch(address, {
    method: "POST",
    body: fields(tap),
    headers: { Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
    return "sign-in";
  }
  if (answer.status === 429 || answer.status >= 500) {
    pause = Math.max(pause, (Number(answer.headers.get("Retry-After")) || 0) * 1000);
    return "later";
  }
  const said = await answer.json(); // raises for a proxy's page, whatever its status
  return said.outcome ? { outcome: said.outcome, answer: said.answer, at: said.at } : "later";
}

// Returns whether everything has been sent.
async function sendAll() {
  for (let tap = taps.unsent()[0]; tap; tap = taps.unsent()[0]) {
    const said = await answerOf(tap).catch(() => "later"); // no connection, or not our server
    isSignedOut = said === "sign-in";
    isStuck = said === "later";
    if (isStuck || isSignedOut) {
      document.dispatchEvent(new Event("technician:taps"));
      return false;
    }
    pause = FIRST_PAUSE;
    taps.settle(tap.id, said);
  }
  document.dispatchEvent(new Event("technician:drained"));
  return true;
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(drain, pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

export async function drain() {
  clearTimeout(timer);
  if (running || !taps.unsent().length) {
    return;
  }
  // One tab at a time sends; what it has sent is noted before the next one looks.
  running = navigator.locks ? navigator.locks.request(taps.KEY, sendAll) : sendAll();
  const isAll = await running.catch(() => false);
  running = null;
  if (isAll) {
    drain(); // taps that were made meanwhile
  } else if (!isSignedOut) {
    later();
  }
}

function now() {
  pause = FIRST_PAUSE;
  drain();
}

window.addEventListener("online", now);
window.addEventListener("pageshow", now);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    now();
  }
});
window.addEventListener("storage", (event) => {
  if (event.key === taps.KEY) {
    // Once another tab has sent everything, this one loads the day again.
    document.dispatchEvent(new Event(taps.unsent().length ? "technician:taps" : "technician:drained"));
  }
});
