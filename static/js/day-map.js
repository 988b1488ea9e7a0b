// Draws the map of the day with Leaflet above the list, and refreshes both every 15 seconds while somebody looks.
// Without this script the list says everything, and the page reloads itself every minute.
import { ahead, between, mapIn, ringsAround, watchReader } from "./map.js";

const EVERY = 15000;
const ANSWER_WITHIN = 10000;
const CLOSE = 14;
const ROOM = [40, 40];
// Kilometres: the map opens on whoever is this near to the busiest place; the page says how many are farther away.
const AROUND = 100;
const TRIED = 300;
const frame = document.querySelector("[data-day-map]");
const words = frame.dataset;
const box = frame.querySelector("[data-box]");
const list = document.querySelector("[data-list]");
const news = frame.querySelector("[data-news]");
const trouble = frame.querySelector("[data-trouble]");
const far = frame.querySelector("p[data-far]");
const drawn = new Map();
let rings = null;
let ringsKey = "";
let whole = null;
let most = null;
let showsWhole = false;
let isMovedByReader = false;
let timer = 0;
let busy = false;

// --- The frame ------------------------------------------------------------------------------------------------------

frame.hidden = false;
const map = mapIn(box, { zoomIn: words.in, zoomOut: words.out, tiles: words.tiles });
const move = watchReader(map, () => { isMovedByReader = true; });
box.classList.toggle("day-map-bare", !words.tiles);
map.on("zoomend", () => box.classList.toggle("day-map-far", map.getZoom() < 11));

function fit() {
  move(() => map.fitBounds(showsWhole ? whole : most, { padding: ROOM, maxZoom: CLOSE, animate: false }));
}

function showAll() {
  isMovedByReader = false;
  showsWhole = true;
  far.hidden = true;
  if (whole) {
    fit();
  }
}

// The points around the one that has most neighbours: for a company in three countries the map opens on the busiest.
function busiest(points) {
  const step = Math.ceil(points.length / TRIED);
  let found = points;
  let count = 0;
  for (let number = 0; number < points.length; number += step) {
    const near = points.filter((point) => Math.hypot(...between(point, points[number])) < AROUND);
    if (near.length > count) {
      found = near;
      count = near.length;
    }
  }
  return found;
}

function sayFar(number) {
  far.hidden = showsWhole || !number;
  far.textContent = number === 1 ? words.farOne : words.far.replace("#", number);
}

// --- What is on it --------------------------------------------------------------------------------------------------

function element(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function faceOf(one) {
  const face = element("span", `day-who tone-${one.tone}`, one.initials);
  face.classList.toggle("day-late", one.late);
  face.classList.toggle("day-stale", one.stale);
  face.append(element("span", "day-word", words.tiles ? one.state : `${one.name}: ${one.state}`));
  return face;
}

function sayingOf(one) {
  const saying = element("div", "day-saying", "");
  const link = element("a", "", words.toList);
  link.href = `#technician-${one.id}`;
  saying.append(element("strong", "", one.name));
  for (const line of [one.state, one.seen, ...(one.arrival ? [one.arrival] : [])]) {
    saying.append(element("p", "", line));
  }
  saying.append(link);
  return saying;
}

// Existing markers are moved, not made again, so that a popup stays open.
function put(key, seen, make, change) {
  seen.add(key);
  let layer = drawn.get(key);
  if (!layer) {
    layer = make().addTo(map);
    drawn.set(key, layer);
  }
  change(layer);
  return layer;
}

function iconOf(html, iconSize) {
  return L.divIcon({ className: "day-marker", html, iconSize, popupAnchor: [0, -18] });
}

function marker(icon, options) {
  // Reached from the list, not one by one with the tab key: there may be hundreds.
  return L.marker([0, 0], { keyboard: false, icon, ...options });
}

function name(layer, label) {
  const shown = layer.getElement();
  shown.setAttribute("role", "img");
  shown.setAttribute("aria-label", label);
  return shown;
}

function putTechnician(one, seen) {
  const layer = put(
    `who ${one.id}`,
    seen,
    // With an icon from the start: otherwise Leaflet would request its marker-icon.png, which we do not serve.
    () => marker(iconOf("", [40, 40]), { zIndexOffset: 1000 }).bindPopup("", { autoPan: false }),
    (who) => {
      who.setLatLng(one.at);
      const look = JSON.stringify([one.tone, one.state, one.initials, one.stale]);
      if (who.look !== look) {
        who.look = look;
        who.setIcon(iconOf(faceOf(one), [40, 40]));
      }
      who.setPopupContent(sayingOf(one));
    },
  );
  name(layer, `${one.name}: ${one.state}`);
}

// Without streets the name of the customer says where that is.
function goalOf(visit) {
  const goal = element("span", "day-place", "");
  goal.append(element("span", "day-goal", visit.time));
  if (!words.tiles) {
    goal.append(element("bdi", "day-name", visit.name));
  }
  return goal;
}

function putVisit(visit, seen) {
  const layer = put(
    `visit ${visit.id}`,
    seen,
    () => marker(iconOf(goalOf(visit), [52, 24])),
    (goal) => {
      goal.setLatLng(visit.at);
      goal.getElement().querySelector(".day-goal").textContent = visit.time;
    },
  );
  name(layer, `${visit.time}, ${visit.name}`).title = visit.name;
}

// Without a known route, a straight line points to the visit.
function putLine(one, seen) {
  const isKnown = one.line.length > 1;
  if (!isKnown && !one.to) {
    return;
  }
  put(
    `${isKnown ? "line" : "crow"} ${one.id}`,
    seen,
    () => L.polyline([], { className: isKnown ? "day-line" : "day-crow", interactive: false }),
    (line) => {
      line.setLatLngs(isKnown ? ahead(map, one.line, one.at) : [one.at, one.to]);
      line.getElement().classList.toggle("day-line-late", one.late);
    },
  );
}

// Without streets, rings around the middle of what the map opens on show distances, as on the customer's map.
function drawRings(points) {
  const key = JSON.stringify(points);
  if (key === ringsKey) {
    return;
  }
  ringsKey = key;
  const middle = L.latLngBounds(points).getCenter();
  const centre = [middle.lat, middle.lng];
  const far = Math.max(...points.map((point) => Math.hypot(...between(point, centre))), 0.5);
  rings?.remove();
  rings = ringsAround(centre, far, words.unit, Math.PI).addTo(map);
}

function draw(said) {
  const seen = new Set();
  const points = [...said.technicians, ...said.visits].map((one) => one.at);
  const isFirst = !whole;
  const near = busiest(points);
  whole = points.length ? L.latLngBounds(points) : null;
  most = points.length ? L.latLngBounds(near) : null;
  sayFar(points.length - near.length);
  if (whole && (isFirst || (!isMovedByReader && !map.getBounds().contains(showsWhole ? whole : most)))) {
    fit(); // before anything is drawn: Leaflet needs a view
  }
  if (whole) {
    if (!words.tiles) {
      drawRings(near);
    }
    said.visits.forEach((visit) => putVisit(visit, seen));
    said.technicians.forEach((one) => {
      putLine(one, seen);
      putTechnician(one, seen);
    });
  }
  drawn.forEach((layer, key) => {
    if (!seen.has(key)) {
      layer.remove();
      drawn.delete(key);
    }
  });
}

// --- The list -------------------------------------------------------------------------------------------------------

function offer() {
  for (const button of list.querySelectorAll("[data-show]")) {
    button.hidden = !drawn.has(`who ${button.dataset.show}`);
  }
}

// Replacing the list must not move the focus: it goes back to the same link, button or technician.
function swap(html) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const card = focused?.closest("[data-technician]");
  const isCard = focused === card;
  const same = focused?.dataset.show ? "[data-show]" : focused?.href ? `a[href="${focused.getAttribute("href")}"]` : "";
  list.innerHTML = html;
  const again = card && document.getElementById(card.id);
  if (again) {
    offer();
    ((!isCard && same && again.querySelector(same)) || again).focus({ preventScroll: true });
  }
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show]");
  const who = button && drawn.get(`who ${button.dataset.show}`);
  if (!who) {
    return;
  }
  isMovedByReader = true;
  map.setView(who.getLatLng(), Math.max(map.getZoom(), CLOSE), { animate: false });
  who.openPopup();
  box.focus({ preventScroll: true });
  frame.scrollIntoView({ block: "start" });
  news.textContent = `${button.closest("[data-technician]").querySelector("h2").textContent} ${words.shown}`;
});

frame.querySelector("[data-all]").addEventListener("click", showAll);
map.on("popupopen", (event) => {
  event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
});

// --- Following ------------------------------------------------------------------------------------------------------

async function ask(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
  if (answer.redirected || answer.status === 403) {
    location.reload(); // the session or the right has ended meanwhile: show what the server says
    return;
  }
  if (!answer.ok) {
    throw new Error("a server that is being restarted");
  }
  const said = await answer.json();
  draw(said);
  swap(said.list);
  offer();
  trouble.hidden = true;
}

async function look() {
  if (busy || document.hidden) {
    return;
  }
  busy = true;
  try {
    await ask(words.now);
  } catch {
    trouble.hidden = false;
  } finally {
    busy = false;
  }
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
}

document.addEventListener("visibilitychange", look);
window.addEventListener("online", look);
look();
