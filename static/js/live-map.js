// Draws the live map of a visit with Leaflet: the technician's last position, the rest of the route, the address.
// js/visit.js asks the server and passes on its answer; null means that nothing may be shown.
import { ahead, between, isTouch, mapIn, ringsAround, watchReader } from "./map.js";

const STALE = 120;
const TICK = 5000;
// Metres: a position less accurate than this gets a circle around the technician.
const INEXACT = 40;
const ROOM = [44, 44];
const CLOSEST = 16;
const HINT_FOR = 2000;
const STILL = { interactive: false, keyboard: false };
const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
const news = document.querySelector("[data-news]");
let map = null;
let box = null;
let move = null;
let drawn = {};
let wholeWay = null;
let isMovedByReader = false;
let seenAt = 0;
let ticking = 0;
let toldDistance = "";

function part(name) {
  return document.querySelector(`[data-${name}]`);
}

// --- The frame ------------------------------------------------------------------------------------------------------

function open(found) {
  close();
  box = found;
  const { in: zoomIn, out: zoomOut, tiles, unit } = box.dataset;
  map = mapIn(box, { zoomIn, zoomOut, tiles, units: { metric: unit === "km", imperial: unit !== "km" } });
  if (isTouch) {
    hintAtTwoFingers();
  }
  move = watchReader(map, () => {
    isMovedByReader = true;
    part("whole").hidden = false;
  });
  ticking = setInterval(tick, TICK);
}

// Tells whoever tries to move the map with one finger that it takes two.
function hintAtTwoFingers() {
  const hint = document.createElement("p");
  hint.className = "live-hint";
  hint.textContent = box.dataset.two;
  hint.hidden = true;
  hint.setAttribute("aria-hidden", "true");
  box.append(hint);
  let goes = 0;
  const show = (event) => {
    hint.hidden = event.touches.length > 1;
    clearTimeout(goes);
    goes = setTimeout(() => { hint.hidden = true; }, HINT_FOR);
  };
  box.addEventListener("touchmove", show, { passive: true });
}

function close() {
  clearInterval(ticking);
  map?.remove();
  map = box = null;
  drawn = {};
  isMovedByReader = false;
  toldDistance = "";
}

// --- What is on it --------------------------------------------------------------------------------------------------

function icon(className, html, size, anchor) {
  return L.divIcon({ className, html, iconSize: size, iconAnchor: anchor });
}

function contentOf(name) {
  return part(name).content.firstElementChild.cloneNode(true);
}

// The face as the page shows it: a picture, initials, or a figure, as the settings say.
function face() {
  const shown = document.querySelector(".technician .technician-face");
  const copy = shown ? shown.cloneNode(true) : contentOf("face");
  if (copy.tagName === "IMG") {
    copy.alt = "";
  }
  return copy;
}

// Existing markers are moved, not made again.
function put(name, isThere, make, change) {
  if (!isThere) {
    drawn[name]?.remove();
    delete drawn[name];
  } else if (drawn[name]) {
    change(drawn[name]);
  } else {
    drawn[name] = make().addTo(map);
  }
}

function putMarker(name, at, made, zIndexOffset = 0) {
  put(name, at, () => L.marker(at, { icon: made(), zIndexOffset, ...STILL }), (marker) => marker.setLatLng(at));
}

function putLine(name, points) {
  const make = () => L.polyline(points, { className: `live-${name}`, ...STILL });
  put(name, points.length > 1, make, (line) => line.setLatLngs(points));
}

function drawAll({ position, line, destination }) {
  const { at, accuracy } = position;
  const way = ahead(map, line, at);
  putLine("line", way);
  putLine("crow", way.length > 1 || !destination ? [] : [at, destination]);
  if (!box.dataset.tiles && destination) {
    drawRings(destination, at);
  }
  put(
    "around",
    position.about || accuracy > INEXACT,
    () => L.circle(at, { className: "live-around", radius: accuracy, ...STILL }),
    (circle) => circle.setLatLng(at).setRadius(accuracy),
  );
  putMarker("goal", destination, () => icon("live-goal", contentOf("goal"), [40, 40], [20, 35]));
  putMarker("who", at, () => icon("live-who", face(), [48, 48], [24, 24]), 1000);
  look(L.latLngBounds([at, ...(destination ? [destination] : []), ...way]));
}

// Without streets, rings around the address show the distance. Their labels are on the technician's side.
function drawRings(goal, at) {
  const [north, east] = between(at, goal);
  drawn.rings?.remove();
  drawn.rings = ringsAround(goal, map.distance(goal, at) / 1000, box.dataset.unit, Math.atan2(east, north) + 0.6).addTo(map);
}

// Calm: the map moves only when the technician leaves it, or when it can show all of it much closer.
function look(bounds) {
  wholeWay = bounds;
  if (isMovedByReader) {
    return;
  }
  const isNew = !map._loaded;
  if (isNew || !map.getBounds().contains(bounds) || closest(bounds) >= map.getZoom() + 1) {
    fit();
  }
}

function closest(bounds) {
  return Math.min(map.getBoundsZoom(bounds, false, L.point(ROOM).multiplyBy(2)), CLOSEST);
}

function fit() {
  move(() => map.fitBounds(wholeWay, { padding: ROOM, maxZoom: CLOSEST, animate: false }));
}

// --- Words ----------------------------------------------------------------------------------------------------------

function tick() {
  const seen = part("seen");
  if (!seen) {
    return;
  }
  const age = Math.max(0, (Date.now() - seenAt) / 1000);
  const isRecent = age < 60;
  seen.textContent = isRecent
    ? ago.format(-Math.max(5, 5 * Math.round(age / 5)), "second")
    : ago.format(-Math.floor(age / 60), "minute");
  const old = part("old");
  if (old.hidden === age > STALE) {
    old.hidden = age <= STALE;
    if (age > STALE) {
      news.textContent = old.textContent.trim();
    }
  }
  box.classList.toggle("live-is-old", age > STALE);
}

function say(said) {
  seenAt = Date.now() - 1000 * said.age;
  part("distance").textContent = said.distance;
  // Read out only when it has changed, not every fifteen seconds, and not over a new sentence about the visit.
  if (toldDistance && said.distance && said.distance !== toldDistance && !said.isNewPage) {
    news.textContent = said.distance;
  }
  toldDistance = said.distance || toldDistance;
  part("whole").hidden = !isMovedByReader;
  tick();
}

export function show(said) {
  const found = part("map");
  if (!found || !said?.position) {
    close();
    return;
  }
  if (found !== box) {
    open(found);
  }
  drawAll(said);
  say(said);
}

document.addEventListener("click", (event) => {
  if (map && event.target.closest("[data-whole]")) {
    isMovedByReader = false;
    fit();
    part("whole").hidden = true;
    box.focus({ preventScroll: true });
  }
});
