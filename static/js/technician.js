// The technician's page, enhanced: a tap shows at once and is kept until it was sent; the page opens without a
// connection (technician-worker.js) and follows what the dispatcher does. Without scripts every button is a form of
// its own.
import { ask, questionOf } from "./technician/asking.js";
import { look } from "./technician/following.js";
import { shareLocation } from "./technician/place.js";
import { drain } from "./technician/sending.js";
import { afterUndo, day, rendered, say, show } from "./technician/showing.js";
import * as taps from "./technician/taps.js";

const EVERY = 60000;
const PATIENCE_OF_WORKER = 4000; // then the worker shows its copy of the page
// The second half of a double tap must not press the button that has come under the finger.
const TOO_SOON = 800;
const FILES = new URL("..", import.meta.url).href; // our static files
const news = document.querySelector("[data-day-news]");

// --- Tapping --------------------------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-tap], [data-ask] form")) {
    return;
  }
  if ("tapped" in document.body.dataset) {
    event.preventDefault();
    return;
  }
  document.body.dataset.tapped = "";
  setTimeout(() => { delete document.body.dataset.tapped; }, TOO_SOON);
  if (!form.matches("[data-tap]")) {
    return;
  }
  const tap = tapOf(form);
  const question = questionOf(form);
  if (question) {
    event.preventDefault();
    askFirst(question, form, tap);
  } else if (made(tap)) {
    event.preventDefault();
  } // otherwise this browser keeps nothing: the form goes out by itself
});

function tapOf(form) {
  const fields = new FormData(form);
  return {
    booking: fields.get("booking"),
    verb: fields.get("verb"),
    minutes: fields.get("minutes") || "",
    after: form.dataset.after || (fields.get("verb") === "reopen" ? afterUndo(form.closest("[data-visit]")) : ""),
    label: form.querySelector("button").textContent.trim(),
  };
}

async function askFirst(question, form, tap) {
  const isSure = await ask(question, form.querySelector("button").firstChild.textContent.trim());
  if (isSure && !made({ ...tap, sure: "on" })) {
    form.submit(); // the server asks once more
  }
}

// Returns whether the tap is kept on this phone, from where it is sent.
function made(tap) {
  try {
    taps.add(tap);
  } catch {
    return false;
  }
  drain();
  say(news, tap.label);
  focusNext(tap);
  return true;
}

// The button may be gone: go on at what comes next. The way back is not what comes next.
function focusNext(tap) {
  const visit = document.getElementById(`stop-${tap.booking}`);
  const form = visit?.querySelector(`[name=verb][value=${tap.verb}]`)?.form;
  if (form?.hidden) {
    const next = visit.querySelector("[data-buttons] form:not([hidden], [data-undo]) button");
    (next || visit.querySelector("summary, h2")).focus({ preventScroll: true });
  }
}

document.addEventListener("technician:taps", show);
document.addEventListener("technician:drained", look);
document.addEventListener("visibilitychange", look);
window.addEventListener("online", look);
window.addEventListener("offline", show);
setInterval(() => {
  drain();
  look();
}, EVERY);

// --- Without a connection -------------------------------------------------------------------------------------------
async function keep() {
  if (!navigator.serviceWorker) {
    return;
  }
  await navigator.serviceWorker.register(day().dataset.worker);
  const registration = await navigator.serviceWorker.ready;
  const linked = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img");
  // Modules that scripts import are in no element.
  const loaded = performance.getEntriesByType("resource").filter((one) => one.name.startsWith(FILES));
  const files = [...Array.from(linked, (file) => file.href || file.src), ...loaded.map((one) => one.name)];
  registration.active.postMessage({ user: taps.user, files });
}

taps.forgetShown(rendered());
show();
drain();
shareLocation();
if (Math.abs(Date.now() - rendered()) > PATIENCE_OF_WORKER) {
  look(); // this page is the worker's copy
}
// Not before everything that the worker keeps has been loaded. Without a worker, the page works online only.
const keepAll = () => keep().catch(() => {});
if (document.readyState === "complete") {
  keepAll();
} else {
  window.addEventListener("load", keepAll);
}
