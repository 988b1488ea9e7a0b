// The visit page, enhanced: tells once that it was opened, and follows the visit while somebody looks at it.
// Without this script the page reloads itself while the visit is under way, and nothing is missing.
(function () {
  "use strict";

  const EVERY = 30000;
  const news = document.querySelector("[data-news]");
  const offline = document.querySelector("[data-offline]");
  let timer = 0;
  let busy = false;

  function main() {
    return document.getElementById("main");
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
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(function () {});
  }

  // What is under the reader's finger stays where it is: focus goes back to the same link or button.
  function swap(fresh) {
    const old = main();
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const said = sentenceOf(old);
    old.replaceWith(fresh);
    if (focused) {
      const again = Array.from(fresh.querySelectorAll("a")).find(function (link) {
        return link.getAttribute("href") === focused;
      });
      (again || fresh).focus({ preventScroll: true });
    }
    const sentence = sentenceOf(fresh);
    if (sentence !== said) {
      news.textContent = sentence;
    }
  }

  async function look() {
    if (busy || document.hidden) {
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.redirected || answer.status === 404 || answer.status === 403) {
        location.reload(); // the link or the session has ended meanwhile: show what the server says
        return;
      }
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("main");
        if (fresh && fresh.outerHTML !== main().outerHTML) {
          document.title = page.title;
          swap(document.adoptNode(fresh));
        }
        offline.hidden = true;
      }
    } catch (error) {
      offline.hidden = navigator.onLine; // a server that is being restarted is no news
    } finally {
      busy = false;
      plan();
    }
  }

  function plan() {
    clearTimeout(timer);
    if ("live" in main().dataset) {
      timer = setTimeout(look, EVERY);
    }
  }

  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  window.addEventListener("offline", function () {
    offline.hidden = false;
  });
  tellOpened();
  plan();
})();
