// The technician's page, enhanced: a tap shows at once and is kept until it was sent (technician-taps.js); the page
// opens without a connection (technician-worker.js) and follows what the dispatcher does. Without scripts every button
// is a form of its own.
(function () {
  "use strict";

  const taps = window.technicianTaps;
  if (!taps) {
    return;
  }
  const EVERY = 60000;
  const SOON = 5000;
  const HANGS_AFTER = 15000;
  const PATIENCE_OF_WORKER = 4000; // after it the worker shows the page that it has
  //: The second half of a double tap must not press the button that has come under the finger.
  const TOO_SOON = 800;
  const news = document.querySelector("[data-day-news]");
  let isUnreachable = false;
  let busy = false;
  let again = false;
  let soon = 0;

  function day() {
    return document.querySelector("[data-day]");
  }

  function part(name) {
    return day().querySelector("[data-" + name + "]");
  }

  function rendered() {
    return Date.parse(day().dataset.now);
  }

  // --- Showing ------------------------------------------------------------------------------------------------------
  function includes(list, status) {
    return (list || "").split(" ").includes(status);
  }

  function showVisit(visit) {
    visit.dataset.rendered = visit.dataset.rendered || visit.dataset.status;
    const mine = taps.all().filter(function (tap) {
      return tap.booking === visit.dataset.visit && tap.outcome !== "refused";
    });
    const after = mine.filter(function (tap) { return tap.after; }).pop();
    const late = mine.filter(function (tap) { return tap.minutes; }).pop();
    const status = after ? after.after : visit.dataset.rendered;
    visit.dataset.status = status;
    const state = part("states").content.querySelector("[data-status='" + status + "']");
    const badge = visit.querySelector("[data-badge]");
    badge.textContent = state.textContent;
    badge.className = "badge badge-" + state.dataset.tone;
    visit.querySelector("[data-unsent]").hidden = !mine.some(function (tap) { return !tap.outcome; });
    const said = visit.querySelector("[data-said-late]");
    said.dataset.noted = said.dataset.noted || said.textContent;
    said.textContent = late ? day().dataset.wordsLate.replace("#", late.minutes) : said.dataset.noted;
    said.hidden = !said.textContent;
    const expected = visit.querySelector("[data-expected]");
    if (expected) {
      expected.hidden = status !== visit.dataset.rendered; // said of the status before
    }
    showButtons(visit, status);
  }

  function showButtons(visit, status) {
    for (const one of visit.querySelectorAll("[data-before]")) {
      one.hidden = !includes(one.dataset.before, status);
    }
    for (const form of visit.querySelectorAll("[data-first]")) {
      const isFirst = includes(form.dataset.first, status);
      form.classList.toggle("tap-first", isFirst);
      form.querySelector("button").classList.toggle("button-quiet", !isFirst);
      if (isFirst && form.parentElement.firstElementChild !== form) {
        form.parentElement.prepend(form);
      }
    }
  }

  function showQueue() {
    const waiting = taps.unsent().length;
    const note = part("waiting");
    const signIn = part("sign-in");
    const words = day().dataset;
    // With a connection it is sent in a moment; a note that comes and goes would move the buttons under the finger.
    note.hidden = !waiting || taps.isSignedOut() || (navigator.onLine && !taps.isStuck());
    say(note, waiting ? words.wordsWaiting.replace("#", waiting) : "");
    signIn.hidden = !waiting || !taps.isSignedOut();
    say(signIn, waiting === 1 ? words.wordsSignInOne : words.wordsSignIn.replace("#", waiting));
    part("offline").hidden = navigator.onLine && !isUnreachable;
    showRefusals();
  }

  // A live region is heard again whenever it is written; so only when its words change.
  function say(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  function showRefusals() {
    const list = part("refusals");
    const refused = taps.all().filter(function (tap) { return tap.outcome === "refused"; });
    const ids = refused.map(function (tap) { return tap.id; }).join(" ");
    if (list.dataset.ids === ids) {
      return;
    }
    list.dataset.ids = ids;
    list.replaceChildren(...refused.map(function (tap) {
      const line = document.createElement("li");
      line.className = "day-refusal";
      const words = document.createElement("p");
      words.textContent = tap.label + ": " + tap.answer;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-quiet";
      button.textContent = day().dataset.wordsOk;
      button.addEventListener("click", function () { taps.dismiss(tap.id); });
      line.append(words, button);
      return line;
    }));
  }

  function show() {
    day().querySelectorAll("[data-visit]").forEach(showVisit);
    showQueue();
    document.dispatchEvent(new Event("technician:shown"));
  }

  // --- Tapping ------------------------------------------------------------------------------------------------------
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("[data-tap]")) {
      return;
    }
    if ("tapped" in document.body.dataset) {
      event.preventDefault();
      return;
    }
    document.body.dataset.tapped = "";
    setTimeout(function () { delete document.body.dataset.tapped; }, TOO_SOON);
    const visit = form.closest("[data-visit]");
    const fields = new FormData(form);
    const words = form.querySelector("button").textContent.trim();
    try {
      taps.add({
        booking: fields.get("booking"),
        verb: fields.get("verb"),
        minutes: fields.get("minutes") || "",
        after: form.dataset.after || "",
        label: words,
      });
    } catch (error) {
      return; // this browser keeps nothing: the form goes out by itself
    }
    event.preventDefault();
    say(news, words);
    // The button may be gone: go on at what comes next.
    if (form.hidden) {
      const next = visit.querySelector("[data-buttons] form:not([hidden]) button");
      (next || visit.querySelector("summary, h2")).focus({ preventScroll: true });
    }
  });

  // --- Following ----------------------------------------------------------------------------------------------------
  async function look() {
    if (busy || document.hidden) {
      again = busy;
      return;
    }
    busy = true;
    again = false;
    try {
      const signal = AbortSignal.timeout(HANGS_AFTER); // headers that came are no page that came
      const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store", signal });
      isUnreachable = false;
      if (answer.ok) {
        take(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-day]"));
      }
    } catch (error) {
      isUnreachable = true;
    } finally {
      busy = false;
      show();
    }
    clearTimeout(soon);
    if (again) {
      look();
    } else if (isUnreachable && navigator.onLine) {
      soon = setTimeout(look, SOON); // a connection that has just come back, or is slow
    }
  }

  function take(fresh) {
    if (!fresh || Date.parse(fresh.dataset.now) <= rendered()) {
      isUnreachable = true; // what was kept, not what is
      return;
    }
    if (fresh.dataset.user !== day().dataset.user) {
      location.reload();
      return;
    }
    const old = day();
    const open = Array.from(old.querySelectorAll("details[open][id]"), function (one) { return one.id; });
    const focus = placeOf(document.activeElement);
    // What a script has shown there stays: it is about this phone, not about the day.
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
    const visit = element && element.closest("[data-visit]");
    const form = element && element.closest("[data-tap]");
    if (!visit) {
      return function () {};
    }
    const verb = form ? form.querySelector("[name=verb]").value : "";
    return function () {
      const same = document.getElementById(visit.id);
      if (!same) {
        return;
      }
      const again = verb && same.querySelector("form:not([hidden]) [name=verb][value=" + verb + "]");
      const next = again ? again.form.querySelector("button") : same.querySelector("summary, h2");
      next.focus({ preventScroll: true });
    };
  }

  document.addEventListener("technician:taps", show);
  document.addEventListener("technician:drained", look);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  window.addEventListener("offline", show);
  setInterval(function () {
    taps.drain();
    look();
  }, EVERY);

  // --- Without a connection -----------------------------------------------------------------------------------------
  async function keep() {
    if (!navigator.serviceWorker) {
      return;
    }
    await navigator.serviceWorker.register(day().dataset.worker);
    const registration = await navigator.serviceWorker.ready;
    const files = Array.from(document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img"));
    registration.active.postMessage({
      user: day().dataset.user,
      files: files.map(function (file) { return file.href || file.src; }),
    });
  }

  taps.forgetShown(rendered());
  show();
  if (Math.abs(Date.now() - rendered()) > PATIENCE_OF_WORKER) {
    look(); // this is what was kept, not what is
  }
  keep().catch(function () {}); // no worker, no harm
})();
