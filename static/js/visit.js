// The visit page, enhanced: tells once that it was opened, and follows the visit while somebody looks at it.
// Without this script the page reloads itself while the visit is under way, and nothing is missing.
//
// The technician is shown only as long as the server allows it: name, picture and position leave the page when the
// server says so, and when it could not be reached for a minute.
import { show as showOnMap } from "./live-map.js";

const EVERY = 30000;
const MAP_EVERY = 15000;
// While nobody looks: twice as long each time.
const HIDDEN_FIRST = 60000;
const HIDDEN_MOST = 480000;
const SURE_FOR = 60000;
const ANSWER_WITHIN = 10000;
const news = document.querySelector("[data-news]");
const offline = document.querySelector("[data-offline]");
let timer = 0;
let doubt = 0;
let pause = HIDDEN_FIRST;
let busy = false;
let sureAt = 0;
let mapIsAsked = false;
let mapIsDrawn = false;
let lastSaid = null;
let served = main().outerHTML;

function main() {
  return document.getElementById("main");
}

function mapCard() {
  return main().querySelector("[data-follow]");
}

// What is read out when it changes: the sentence about the visit.
function sentenceOf(page) {
  return (page.querySelector("[data-sentence]") || page.querySelector("h1")).textContent;
}

function tellOpened() {
  const form = document.querySelector("form[data-opened]");
  if (!form) {
    return; // seen from an account: only links are counted
  }
  fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
}

// --- What may be seen of the technician ------------------------------------------------------------------------------

function sure() {
  sureAt = Date.now();
  clearTimeout(doubt);
  // A page that nobody looks at asks once a minute at first, and the answer may take its time.
  doubt = setTimeout(conceal, SURE_FOR + ANSWER_WITHIN);
}

function conceal() {
  clearTimeout(doubt);
  const shown = main().querySelectorAll("[data-technician]");
  const names = main().querySelectorAll("[data-nameless] bdi");
  if (!shown.length && !names.length) {
    return;
  }
  shown.forEach((part) => {
    part.remove();
  });
  names.forEach((name) => {
    name.replaceWith(name.closest("[data-nameless]").dataset.nameless);
  });
  news.textContent = "";
  served = ""; // whatever the server answers next is new
  tellMap(null);
}

// --- The map: Leaflet comes with the first page that has one ---------------------------------------------------------

function tellMap(said) {
  lastSaid = said;
  if (mapIsDrawn) {
    showOnMap(said);
  }
}

function bring(element) {
  return new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

async function bringMap() {
  const box = document.querySelector("[data-map]");
  if (!box || mapIsAsked) {
    return;
  }
  mapIsAsked = true;
  const { styles, leaflet } = box.dataset;
  try {
    await Promise.all([
      bring(Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles })),
      bring(Object.assign(document.createElement("script"), { src: leaflet })),
    ]);
    mapIsDrawn = true;
    tellMap(lastSaid);
  } catch {
    mapIsAsked = false; // the words below the map say the same; tried again with the next page
  }
}

// --- Following -------------------------------------------------------------------------------------------------------

// Replacing the page must not move the focus or the map: focus goes back to the same link or button, and the map is
// carried over.
function swap(fresh) {
  const old = main();
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const address = focused ? focused.getAttribute("href") : null;
  const said = sentenceOf(old);
  const map = old.querySelector("[data-map]");
  const place = fresh.querySelector("[data-map]");
  old.replaceWith(fresh);
  if (map && place) {
    place.replaceWith(map);
  }
  if (map && map.contains(focused) && place) {
    focused.focus({ preventScroll: true });
  } else if (focused) {
    const again = Array.from(fresh.querySelectorAll("a")).find((link) => {
      return address !== null && link.getAttribute("href") === address;
    });
    (again || fresh).focus({ preventScroll: true });
  }
  const sentence = sentenceOf(fresh);
  if (sentence !== said) {
    news.textContent = sentence;
  }
}

// Returns the answer, or null when the page must be reloaded: the link or the session has ended meanwhile.
async function ask(address) {
  const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_WITHIN) : undefined; // browsers before 2022
  const answer = await fetch(address, { cache: "no-store", signal: signal });
  if (answer.redirected || answer.status === 404 || answer.status === 403) {
    conceal();
    location.reload();
    return null;
  }
  if (!answer.ok) {
    throw new Error("a server that is being restarted");
  }
  return answer;
}

async function lookAtPage() {
  const answer = await ask(location.href);
  if (!answer) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (fresh && fresh.outerHTML !== served) {
    served = fresh.outerHTML;
    document.title = page.title;
    swap(document.adoptNode(fresh));
    bringMap();
  }
  sure();
}

async function lookAtMap(card) {
  const known = (lastSaid && lastSaid.line_stamp) || "";
  const answer = await ask(card.dataset.follow + "?line=" + encodeURIComponent(known));
  if (!answer) {
    return;
  }
  const said = await answer.json();
  if (said.over) {
    conceal();
    await lookAtPage();
    return;
  }
  sure();
  said.isNewPage = said.stamp !== card.dataset.stamp;
  if (said.isNewPage) {
    await lookAtPage();
  }
  // The server sends the route only if it has changed.
  tellMap(lastSaid && !("line" in said) ? Object.assign({ line: lastSaid.line, line_stamp: known }, said) : said);
}

async function follow() {
  if (busy) {
    return;
  }
  busy = true;
  try {
    const card = mapCard();
    await (card ? lookAtMap(card) : lookAtPage());
    offline.hidden = true;
  } catch {
    offline.hidden = navigator.onLine; // a restarting server is not worth a message
  } finally {
    busy = false;
    plan();
  }
}

function plan() {
  clearTimeout(timer);
  if (!("live" in main().dataset)) {
    return;
  }
  let wait = mapCard() ? MAP_EVERY : EVERY;
  if (document.hidden) {
    wait = pause;
    pause = Math.min(2 * pause, HIDDEN_MOST);
  }
  timer = setTimeout(follow, wait);
}

function comeBack() {
  if (Date.now() - sureAt > SURE_FOR) {
    conceal(); // timers sleep with the device, so hide an old position at once
  }
  follow();
}

document.addEventListener("visibilitychange", () => {
  pause = HIDDEN_FIRST;
  if (document.hidden) {
    plan();
  } else {
    comeBack();
  }
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    comeBack();
  }
});
window.addEventListener("online", follow);
window.addEventListener("offline", () => {
  offline.hidden = false;
});
tellOpened();
sure();
bringMap();
if (mapCard()) {
  follow(); // the page itself never has the technician's position
} else {
  plan();
}
