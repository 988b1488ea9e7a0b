// Where toasts stand, how long they stay, and what a screen reader hears. panes.js and inapp.js come after this and
// share `Inapp`; it is not there where there is no bell.
(function () {
  "use strict";

  const bell = document.querySelector("[data-bell]");
  if (!bell || window.top !== window) {
    return; // nobody's bell, or a page that is itself shown in a dialog
  }
  const words = bell.dataset;

  function region() {
    let found = document.querySelector("[data-toasts]");
    if (!found) {
      found = document.createElement("section");
      found.className = "toasts";
      found.setAttribute("aria-label", words.wordsNew);
      found.dataset.toasts = "";
      const news = document.createElement("p");
      news.className = "bell-words";
      news.dataset.news = "";
      news.setAttribute("role", "status");
      found.append(news);
    }
    // What is outside of a modal dialog can neither be reached nor heard while it is open.
    const home = Array.from(document.querySelectorAll("dialog[open]")).pop() || document.body;
    if (found.parentNode !== home) {
      home.append(found);
    }
    return found;
  }

  function say(text) {
    region().querySelector("[data-news]").textContent = text;
  }

  function put(element, seconds) {
    element.classList.add("toast");
    region().append(element);
    fade(element, seconds);
  }

  function fade(element, seconds) {
    if (!seconds) {
      return; // until it is dismissed
    }
    let left = 0;
    const go = function () { element.remove(); };
    const resume = function () {
      clearTimeout(left);
      if (!element.matches(":hover, :focus-within")) {
        left = setTimeout(go, seconds * 1000);
      }
    };
    const pause = function () { clearTimeout(left); };
    element.addEventListener("mouseenter", pause);
    element.addEventListener("focusin", pause);
    element.addEventListener("mouseleave", resume);
    element.addEventListener("focusout", function () { setTimeout(resume, 0); });
    resume();
  }

  function notice(text) {
    const holder = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = text;
    holder.append(line);
    put(holder, 6);
    say(text);
  }

  // Where a custom icon does not load the bell beside it shows instead of a broken picture.
  function standIn(picture) {
    picture.hidden = true;
    picture.nextElementSibling.removeAttribute("hidden"); // an SVG has no such property
  }

  document.addEventListener("error", function (event) {
    if (event.target.matches && event.target.matches("img[data-icon]")) {
      standIn(event.target);
    }
  }, true);
  for (const picture of document.querySelectorAll("img[data-icon]")) {
    if (picture.complete && !picture.naturalWidth) {
      standIn(picture); // it failed before this script ran
    }
  }

  region(); // a live region is heard only where it stood before its text came
  window.Inapp = { bell, words, region, say, put, notice };
})();
