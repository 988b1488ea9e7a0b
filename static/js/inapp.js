// Bell, flyout, toasts and dismissing of in-app notifications, on top of toasts.js and panes.js. Without these scripts
// the bell is a link to the notification center, and everything there works by forms and links.
(function () {
  "use strict";

  if (!window.Inapp) {
    return;
  }
  const { bell, words, region, say, put, notice, dialog } = window.Inapp;
  const token = document.querySelector("[data-bell-token] [name=csrfmiddlewaretoken]").value;
  const LAST = "inapp-last-retrieval-" + words.userId; // another user on this browser has seen nothing yet
  const MINUTE = 60000;
  const AT_ONCE = 3; // toasts beside each other
  let etag = "";
  let timer = 0;
  let every = 0;
  let isWanted = false;

  // --- Talking to the server --------------------------------------------------------------------------------------
  function post(address, fields) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token);
    for (const [name, value] of fields) {
      body.append(name, value);
    }
    return fetch(address, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).then(function (answer) {
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      return answer;
    });
  }

  function failed() {
    notice(words.wordsFailed);
  }

  // --- The badge --------------------------------------------------------------------------------------------------
  function count(answer) {
    const badge = bell.querySelector("[data-bell-badge]");
    badge.textContent = answer.badge;
    badge.hidden = !answer.badge;
    bell.querySelector("[data-bell-words]").textContent = answer.words;
  }

  // --- Retrieval: at start, on navigation when the last one is over a minute ago, and while open where so set --------
  function isDue() {
    const last = Number(localStorage.getItem(LAST)) || 0;
    return !sessionStorage.getItem(LAST) || Date.now() - last > MINUTE;
  }

  async function retrieve() {
    localStorage.setItem(LAST, String(Date.now()));
    sessionStorage.setItem(LAST, "1");
    const headers = etag ? { "If-None-Match": etag } : {};
    const response = await fetch(words.poll, { headers, cache: "no-store" });
    if (response.status === 401 || response.status === 403) {
      every = 0; // signed out or without a bell: nothing more to ask for
      return;
    }
    if (response.status !== 200) {
      return;
    }
    etag = response.headers.get("ETag") || "";
    const answer = await response.json();
    every = answer.every;
    count(answer);
    await toast(answer);
  }

  function look() {
    isWanted = document.hidden; // nobody would see the toasts of a tab that was opened behind this one
    if (isWanted) {
      return Promise.resolve();
    }
    // One tab at a time shows toasts; what it has shown is noted before the next one asks.
    const work = function () {
      return retrieve().catch(function () {}); // a server that is being restarted is no news
    };
    const done = navigator.locks ? navigator.locks.request("inapp-toasts", work) : work();
    return Promise.resolve(done).then(plan);
  }

  function plan() {
    clearTimeout(timer);
    if (every > 0 && !document.hidden) {
      timer = setTimeout(look, every * 1000);
    }
  }

  document.addEventListener("visibilitychange", function () {
    if ((every > 0 || isWanted) && !document.hidden) {
      look();
    } else {
      plan();
    }
  });

  // --- Toasts -----------------------------------------------------------------------------------------------------
  async function toast(answer) {
    if (!answer.waiting.length) {
      return;
    }
    await post(words.toasted, answer.waiting.map(function (id) { return ["id", id]; }));
    const fresh = answer.toasts.map(function (one) { return show(one.html, answer.seconds); });
    const said = fresh.map(function (toast) { return toast.querySelector(".note-title").textContent; }).join(". ");
    if (fold(fresh) || answer.waiting.length > fresh.length) {
      tellOfMore(answer);
    }
    say(said);
  }

  function show(html, seconds) {
    const holder = document.createElement("div");
    holder.innerHTML = html; // our own template, around content that was made safe when it was written
    put(holder, seconds);
    return holder;
  }

  function fold(fresh) {
    // Earlier ones make room, then the last of the new; never the one that somebody is reading.
    const all = Array.from(region().querySelectorAll(".toast")).filter(function (toast) {
      return toast.querySelector(".note");
    });
    const earlier = all.filter(function (toast) { return !fresh.includes(toast); });
    const free = earlier.concat(fresh.slice().reverse()).filter(function (toast) {
      return !toast.matches(":hover, :focus-within");
    });
    const going = free.slice(0, Math.max(0, all.length - AT_ONCE));
    going.forEach(function (toast) { toast.remove(); });
    return going.length > 0;
  }

  function tellOfMore(answer) {
    const old = region().querySelector(".toast-more");
    if (old) {
      old.remove();
    }
    const more = document.createElement("a");
    more.href = bell.href;
    more.className = "toast-more";
    more.textContent = answer.badge + " " + words.wordsMore;
    put(more, answer.seconds);
  }

  // --- Dismissing, with undo ----------------------------------------------------------------------------------------
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("[data-dismiss], [data-dismiss-all]")) {
      return;
    }
    event.preventDefault();
    const cards = form.matches("[data-dismiss]") ? [form.closest("[data-note]")] : allShown(form);
    post(form.action, new FormData(form).entries()).then(function (answer) {
      takeAway(cards);
      offerUndo(answer.headers.get("X-Undo"));
      refresh();
      // An empty list says that it is empty, instead of offering to dismiss nothing.
      return document.querySelector("[data-center] [data-note]") ? null : reloadLists();
    }).catch(failed);
  });

  function allShown(form) {
    return Array.from((form.closest("[data-center]") || document).querySelectorAll("[data-note]"));
  }

  function takeAway(cards) {
    for (const card of cards) {
      for (const same of document.querySelectorAll("[data-note='" + CSS.escape(card.dataset.note) + "']")) {
        (same.closest(".toast") || same.closest("li") || same).remove();
      }
    }
  }

  function offerUndo(what) {
    const old = document.querySelector(".toast-undo");
    if (old) {
      old.remove();
    }
    const holder = document.createElement("div");
    holder.className = "toast-undo";
    const text = document.createElement("p");
    text.textContent = words.wordsDismissed;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "note-action";
    button.textContent = words.wordsUndo;
    button.addEventListener("click", function () {
      post(words.undo, [["what", what]]).then(function () {
        holder.remove();
        refresh();
        return reloadLists();
      }).then(function () {
        // The button is gone: go on at what came back, or at the bell.
        const back = Array.from(document.querySelectorAll("[data-center] [data-note]"))
          .filter(function (card) { return card.checkVisibility() && (card.dataset.note === what || !isOne(what)); });
        (back.length ? back[0].querySelector(".note-close") : bell).focus();
      }).catch(failed);
    });
    holder.append(text, button);
    put(holder, 10);
    say(words.wordsDismissed);
    button.focus();
  }

  function isOne(what) {
    return /^[0-9a-f-]{36}$/i.test(what); // a card's id; all together are named by a moment
  }

  async function reloadLists() {
    for (const list of document.querySelectorAll("[data-center]")) {
      await fill(list);
    }
  }

  function refresh() {
    etag = "";
    look();
  }

  // --- The flyout ---------------------------------------------------------------------------------------------------
  let flyout = null;

  async function fill(list) {
    const page = list === flyout ? null : new URLSearchParams(location.search).get("page");
    const answer = await fetch(bell.href + "?part=1" + (page ? "&page=" + encodeURIComponent(page) : ""), { cache: "no-store" });
    if (!answer.ok) {
      return failed();
    }
    const inner = list.querySelector("[data-list]") || list;
    inner.innerHTML = await answer.text();
    noteSeen(inner);
  }

  function noteSeen(list) {
    const fresh = Array.from(list.querySelectorAll(".note-new[data-note]"));
    if (fresh.length) {
      post(words.seen, fresh.map(function (card) { return ["id", card.dataset.note]; })).then(refresh).catch(failed);
    }
  }

  async function openFlyout() {
    if (!flyout) {
      flyout = dialog("flyout", words.wordsTitle);
      flyout.dataset.center = "";
      const all = document.createElement("a");
      all.className = "note-action";
      all.href = bell.href;
      all.textContent = words.wordsAll;
      flyout.querySelector(".inapp-head").append(all);
      document.body.append(flyout);
    }
    bell.setAttribute("aria-expanded", "true");
    flyout.showModal();
    await fill(flyout);
  }

  bell.setAttribute("aria-haspopup", "dialog");
  bell.addEventListener("click", function (event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || location.href.split(/[?#]/)[0] === bell.href) {
      return;
    }
    event.preventDefault();
    openFlyout();
  });

  // --- Start --------------------------------------------------------------------------------------------------------
  const page = document.querySelector("main [data-center], #content [data-center]");
  if (page) {
    noteSeen(page);
  }
  if (isDue()) {
    look();
  } else {
    // Nothing is asked for now; a page that stays open may still be told to ask later.
    every = Number(words.every) || 0;
    plan();
  }
})();
