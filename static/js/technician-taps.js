// Taps are kept on the phone until the server has said what came of each: sent one by one, in order, each with an id of
// its own, so that the server counts it once however often it is sent. Kept by user; another tab sees the same list.
(function () {
  "use strict";

  const day = document.querySelector("[data-day]");
  if (!day) {
    return;
  }
  const KEY = "technician-taps-" + day.dataset.user;
  const FIRST_PAUSE = 2000;
  const LONGEST_PAUSE = 60000;
  const PATIENCE = 30000;
  let pause = FIRST_PAUSE;
  let timer = 0;
  let running = null;
  let isSignedOut = false;
  let isStuck = false; // the last try to send did not get through

  // --- The list ---------------------------------------------------------------------------------------------------
  // A tap: { id, booking, verb, minutes, made_at, after, label }, and once it was answered { outcome, answer, at }.
  function all() {
    try {
      const list = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(list) ? list : [];
    } catch (error) {
      return [];
    }
  }

  function write(list) {
    localStorage.setItem(KEY, JSON.stringify(list));
    document.dispatchEvent(new Event("technician:taps"));
  }

  function unsent() {
    return all().filter(function (tap) { return !tap.outcome; });
  }

  function newId() {
    if (crypto.randomUUID) {
      return crypto.randomUUID();
    }
    // Over plain HTTP there is no randomUUID; a version 4 UUID by hand.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // Raises where the browser keeps nothing; then the form goes out by itself.
  function add(tap) {
    write(all().concat({ ...tap, id: newId(), made_at: new Date().toISOString() }));
    drain();
  }

  function settle(id, said) {
    write(all().map(function (tap) { return tap.id === id ? { ...tap, ...said } : tap; }));
  }

  // What the page of that moment (the server's clock) shows by itself need not be kept beside it.
  function forgetShown(rendered) {
    const list = all();
    const left = list.filter(function (tap) {
      return !tap.outcome || tap.outcome === "refused" || Date.parse(tap.at) > rendered;
    });
    if (left.length !== list.length) {
      write(left);
    }
  }

  function dismiss(id) {
    write(all().filter(function (tap) { return tap.id !== id; }));
  }

  // --- Sending ----------------------------------------------------------------------------------------------------
  function token() {
    // A page that was kept may be older than the sign-in; the cookie is what counts.
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return cookie ? cookie[1] : field ? field.value : "";
  }

  function fields(tap) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    body.append("user", day.dataset.user);
    for (const name of ["id", "booking", "verb", "minutes", "made_at"]) {
      if (tap[name]) {
        body.append(name, tap[name]);
      }
    }
    body.append("sent_at", new Date().toISOString()); // by the same clock, however wrong
    return body;
  }

  async function answerOf(tap) {
    const answer = await fetch(day.dataset.taps, {
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
    const said = await answer.json(); // a proxy's page, whatever its status, is no answer of ours
    return said.outcome ? { outcome: said.outcome, answer: said.answer, at: said.at } : "later";
  }

  // Returns whether everything has been sent.
  async function sendAll() {
    for (let tap = unsent()[0]; tap; tap = unsent()[0]) {
      const said = await answerOf(tap).catch(function () { return "later"; }); // no connection, or not our server
      isSignedOut = said === "sign-in";
      isStuck = said === "later";
      if (said === "later" || isSignedOut) {
        document.dispatchEvent(new Event("technician:taps"));
        return false;
      }
      pause = FIRST_PAUSE;
      settle(tap.id, said);
    }
    document.dispatchEvent(new Event("technician:drained"));
    return true;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(drain, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  function drain() {
    clearTimeout(timer);
    if (running || !unsent().length) {
      return;
    }
    // One tab at a time sends; what it has sent is noted before the next one looks.
    const work = navigator.locks ? navigator.locks.request(KEY, sendAll) : sendAll();
    running = Promise.resolve(work).catch(function () { return false; }).then(function (isAll) {
      running = null;
      if (!isAll && !isSignedOut) {
        later();
      } else if (isAll) {
        drain(); // what was tapped while it ended
      }
    });
  }

  function now() {
    pause = FIRST_PAUSE;
    drain();
  }

  window.addEventListener("online", now);
  window.addEventListener("pageshow", now);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) {
      now();
    }
  });
  window.addEventListener("storage", function (event) {
    if (event.key === KEY) {
      // Once another tab has sent everything, the page is to be had anew.
      document.dispatchEvent(new Event(unsent().length ? "technician:taps" : "technician:drained"));
    }
  });

  window.technicianTaps = {
    add, all, unsent, dismiss, forgetShown, drain,
    isSignedOut: function () { return isSignedOut; },
    isStuck: function () { return isStuck; },
  };
  drain();
})();
