// Sharing the location: only while a visit is traveled to, only after the technician said yes on this phone, and
// visibly. One report in ten seconds at most.
import { token } from "./sending.js";
import * as taps from "./taps.js";

const place = document.querySelector("[data-place]");
const KEY = `technician-shares-${taps.user}`;
const EVERY = 10000;
const TRAVELING = "690970001";
// Without a position for this long, ask the phone: some report nothing while they stand still.
const STILL = 45000;
const LOOK = 15000;
let watch = null;
let looking = 0;
let lastSent = 0;
let latest = null;
let later = 0;
let refusedFor = ""; // the server does not want positions on the way to this visit
let lock = null;
let isAsking = false;

function part(name) {
  return place.querySelector(`[data-${name}]`);
}

function wants() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch (error) {
    return false;
  }
}

function decide(yes) {
  try {
    localStorage.setItem(KEY, yes ? "yes" : "no");
  } catch (error) {
    // Kept nowhere: it stays off.
  }
  refusedFor = "";
  part("place-problem").hidden = true;
  update();
}

function traveling() {
  const visit = document.querySelector(`[data-visit][data-status='${TRAVELING}']`);
  return visit ? visit.dataset.visit : "";
}

// Send the newest position once it is due, even if no other follows it.
function report(position) {
  latest = position;
  clearTimeout(later);
  later = setTimeout(send, Math.max(0, lastSent + EVERY - Date.now()));
}

function look() {
  if (Date.now() - lastSent > STILL) {
    const how = { enableHighAccuracy: true, maximumAge: 5000, timeout: LOOK };
    navigator.geolocation.getCurrentPosition(report, () => {}, how);
  }
}

async function send() {
  const visit = traveling();
  const position = latest;
  latest = null;
  if (!visit || !position || watch === null) {
    return;
  }
  lastSent = Date.now();
  const at = position.coords;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token());
  body.append("lat", at.latitude);
  body.append("lon", at.longitude);
  body.append("recorded_at", new Date(position.timestamp).toISOString());
  body.append("sent_at", new Date().toISOString()); // by the same clock, however wrong
  for (const name of ["accuracy", "speed", "heading"]) {
    if (at[name] !== null && !Number.isNaN(at[name])) {
      body.append(name, at[name]);
    }
  }
  try {
    const answer = await fetch(place.dataset.address, { method: "POST", body, redirect: "manual" });
    if ([401, 403, 404, 409].includes(answer.status) || answer.type === "opaqueredirect") {
      refusedFor = visit; // not traveling any more, or signed out
      update();
    }
  } catch (error) {
    // No connection: an old position is of no use later.
  }
}

function failed(error) {
  if (error.code === error.PERMISSION_DENIED) {
    decide(false);
    part("place-problem").hidden = false;
    part("place-problem").textContent = place.dataset.wordsDenied;
    part("offer").open = true;
  }
}

// --- On and off ------------------------------------------------------------------------------------------------------
function start() {
  lastSent = 0;
  watch = navigator.geolocation.watchPosition(report, failed, { enableHighAccuracy: true, maximumAge: 5000 });
  looking = setInterval(look, LOOK);
  stayAwake();
}

function stop() {
  navigator.geolocation.clearWatch(watch);
  clearInterval(looking);
  clearTimeout(later);
  watch = latest = null;
  if (lock) {
    lock.release().catch(() => {});
    lock = null;
  }
}

// A locked phone reports nothing.
async function stayAwake() {
  if (!navigator.wakeLock || document.hidden || isAsking || lock) {
    return;
  }
  isAsking = true;
  try {
    const got = await navigator.wakeLock.request("screen");
    if (watch === null) {
      await got.release();
    } else {
      lock = got;
      lock.addEventListener("release", () => { lock = null; });
    }
  } catch (error) {
    // Low battery, say: the screen goes off as usual.
  } finally {
    isAsking = false;
  }
}

function update() {
  const visit = traveling();
  // The server does not know of taps that are not sent yet, and would refuse positions.
  const on = wants() && visit && visit !== refusedFor && !taps.unsent().length;
  if (on && watch === null) {
    start();
  } else if (!on && watch !== null) {
    stop();
  }
  part("sharing").hidden = watch === null;
  part("share").hidden = wants();
  part("share-no").hidden = !wants();
  part("place-on").hidden = !wants();
  part("place-off").hidden = wants();
}

export function shareLocation() {
  if (!place || !navigator.geolocation) {
    return;
  }
  part("share").addEventListener("click", () => {
    decide(true);
    part("offer").open = false; // read and agreed to
    part("offer").querySelector("summary").focus();
  });
  part("share-no").addEventListener("click", () => { decide(false); });
  part("stop").addEventListener("click", () => { decide(false); });
  document.addEventListener("technician:shown", update);
  document.addEventListener("technician:drained", () => {
    refusedFor = "";
    update();
  });
  document.addEventListener("visibilitychange", () => {
    if (watch !== null) {
      stayAwake();
    }
  });
  place.hidden = false;
  update();
}
