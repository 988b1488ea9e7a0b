// The technician's page, enhanced: a tap shows at once and is kept until it was sent; the page opens without a
// connection (technician-worker.js) and follows what the dispatcher does. Without scripts every button is a form of
// its own.
import { look } from "./technician/following.js";
import { shareLocation } from "./technician/place.js";
import { drain } from "./technician/sending.js";
import { day, rendered, say, show } from "./technician/showing.js";
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
  if (!form.matches("[data-tap]")) {
    return;
  }
  if ("tapped" in document.body.dataset) {
    event.preventDefault();
    return;
  }
  document.body.dataset.tapped = "";
  setTimeout(() => { delete document.body.dataset.tapped; }, TOO_SOON);
  const visit = form.closest("[data-visit]");
  const fields = new FormData(form);
  const label = form.querySelector("button").textContent.trim();
  try {
    taps.add({
      booking: fields.get("booking"),
      verb: fields.get("verb"),
      minutes: fields.get("minutes") || "",
      after: form.dataset.after || "",
      label,
    });
  } catch {
    return; // this browser keeps nothing: the form goes out by itself
  }
  drain();
  event.preventDefault();
  say(news, label);
  // The button may be gone: go on at what comes next.
  if (form.hidden) {
    const next = visit.querySelector("[data-buttons] form:not([hidden]) button");
    (next || visit.querySelector("summary, h2")).focus({ preventScroll: true });
  }
});

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
