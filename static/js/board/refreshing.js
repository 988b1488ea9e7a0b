// The board follows what others do. It asks only for what has changed, and never while something is picked up.
import { table } from "./places.js";

const EVERY = 20_000; // ms
const MINUTE = 60_000;

export function refreshing(board) {
  const { page } = board;
  const region = page.querySelector("[data-board]");
  const trouble = page.querySelector("[data-trouble]");
  let tag = "";
  let asking = null;

  board.refresh = async ({ focus } = {}) => {
    asking?.abort();
    asking = new AbortController();
    const headers = tag ? { "If-None-Match": tag } : {};
    try {
      const answer = await fetch(`${page.dataset.now}${location.search}`, {
        headers, signal: asking.signal, cache: "no-store", credentials: "same-origin",
      });
      if (answer.status !== 304) {
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const text = await answer.text();
        if (board.lifted && !board.isSaving) return; // picked up meanwhile
        tag = answer.headers.get("ETag") ?? "";
        replace(text, focus);
      }
      trouble.hidden = true;
    } catch (error) {
      if (error.name !== "AbortError") trouble.hidden = false;
    }
  };

  function replace(text, wanted) {
    const held = document.activeElement?.closest?.("[data-visit], [data-order]");
    const key = wanted ? `[data-visit="${wanted}"]` : held && region.contains(held)
      ? `[data-${held.dataset.visit ? "visit" : "order"}="${held.dataset.visit ?? held.dataset.order}"]` : null;
    const places = [".board-scroll", ".board-waiting"].map((name) => [name, region.querySelector(name)?.scrollLeft, region.querySelector(name)?.scrollTop]);
    const fresh = new DOMParser().parseFromString(text, "text/html");
    region.replaceChildren(...fresh.body.childNodes);
    for (const [name, left, top] of places) region.querySelector(name)?.scrollTo(left ?? 0, top ?? 0);
    page.dispatchEvent(new Event("board:fresh"));
    const link = key && region.querySelector(`${key} .board-what`);
    if (!link) return;
    for (const other of region.querySelectorAll(".board-visit .board-what")) if (other.tabIndex === 0 && other !== link) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus({ preventScroll: true });
  }

  const look = () => { if (!board.isBusy && !document.hidden) board.refresh(); };
  setInterval(look, EVERY);
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  setInterval(() => line(page), MINUTE / 2);
}

/** Move the line of the present time on, by the board's own clock. */
const loaded = Date.now();
function line(page) {
  const marks = page.querySelectorAll("[data-now-line]");
  if (!marks.length || !table(page)) return;
  for (const mark of marks) {
    mark.dataset.from ??= `${mark.dataset.minute}@${Date.now() - loaded < MINUTE ? loaded : Date.now()}`;
    const [minute, since] = mark.dataset.from.split("@").map(Number);
    const now = minute + Math.floor((Date.now() - since) / MINUTE);
    mark.style.setProperty("--from-h", Math.floor(now / 60));
    mark.style.setProperty("--from-m", now % 60);
    if (mark.matches(".board-now-word")) mark.textContent = `${String(Math.floor(now / 60)).padStart(2, "0")}:${String(now % 60).padStart(2, "0")}`;
  }
}
