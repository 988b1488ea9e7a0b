// Follows what the dispatcher does: fetches the day again, and replaces the one that is shown.
import { day, part, rendered, server, show } from "./showing.js";
import * as taps from "./taps.js";

const SOON = 5000;
const HANGS_AFTER = 15000;
let busy = false;
let again = false;
let soon = 0;

export async function look() {
  if (busy || document.hidden) {
    again = busy;
    return;
  }
  busy = true;
  again = false;
  try {
    const signal = AbortSignal.timeout(HANGS_AFTER); // covers the body too, which may hang after the headers have come
    const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store", signal });
    server.isUnreachable = false;
    if (answer.ok) {
      take(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-day]"));
    }
  } catch {
    server.isUnreachable = true;
  } finally {
    busy = false;
    show();
  }
  clearTimeout(soon);
  if (again) {
    look();
  } else if (server.isUnreachable && navigator.onLine) {
    soon = setTimeout(look, SOON); // a connection that has just come back, or is slow
  }
}

function take(fresh) {
  if (!fresh || Date.parse(fresh.dataset.now) <= rendered()) {
    server.isUnreachable = true; // the worker's copy, not the server's answer
    return;
  }
  if (fresh.dataset.user !== taps.user) {
    location.reload();
    return;
  }
  const old = day();
  const open = Array.from(old.querySelectorAll("details[open][id]"), (one) => one.id);
  const focus = placeOf(document.activeElement);
  // What a script has shown there stays, because it is about this phone, not about the day.
  const place = old.querySelector("[data-place]");
  old.replaceWith(document.adoptNode(fresh));
  const empty = part("place");
  if (place && empty) {
    empty.replaceWith(place);
  }
  for (const id of open) {
    const same = document.getElementById(id);
    if (same) {
      same.open = true;
    }
  }
  taps.forgetShown(rendered());
  show();
  focus();
}

// Returns what puts the focus back where it was.
function placeOf(element) {
  const visit = element?.closest("[data-visit]");
  if (!visit) {
    return () => {};
  }
  const verb = element.closest("[data-tap]")?.querySelector("[name=verb]").value;
  return () => {
    const same = document.getElementById(visit.id);
    if (!same) {
      return;
    }
    const again = verb && same.querySelector(`form:not([hidden]) [name=verb][value=${verb}]`);
    const next = again ? again.form.querySelector("button") : same.querySelector("summary, h2");
    next.focus({ preventScroll: true });
  };
}
