// Where toasts stand, how long they stay, and what a screen reader hears.
import { words } from "./bell.js";

export function region() {
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
  // While a modal dialog is open, nothing outside of it can be reached or heard.
  const home = Array.from(document.querySelectorAll("dialog[open]")).pop() || document.body;
  if (found.parentNode !== home) {
    home.append(found);
  }
  return found;
}

export function say(text) {
  region().querySelector("[data-news]").textContent = text;
}

// Without `seconds` it stays until it is dismissed.
export function put(element, seconds) {
  element.classList.add("toast");
  region().append(element);
  if (seconds) {
    fade(element, seconds);
  }
}

function fade(element, seconds) {
  let left = 0;
  const pause = () => clearTimeout(left);
  const resume = () => {
    pause();
    if (!element.matches(":hover, :focus-within")) {
      left = setTimeout(() => element.remove(), seconds * 1000);
    }
  };
  element.addEventListener("mouseenter", pause);
  element.addEventListener("focusin", pause);
  element.addEventListener("mouseleave", resume);
  element.addEventListener("focusout", () => setTimeout(resume, 0));
  resume();
}

export function notice(text) {
  const holder = document.createElement("div");
  const line = document.createElement("p");
  line.textContent = text;
  holder.append(line);
  put(holder, 6);
  say(text);
}

export function failed() {
  notice(words.wordsFailed);
}
