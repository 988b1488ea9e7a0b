// A click on a visit opens its panel; a click on free time offers a new visit there.
import { SNAP, clock, isWeek, minuteAt, snapped, table } from "./places.js";

export function panel(board) {
  const { page, words } = board;
  const box = page.querySelector("[data-panel]");
  let opener = null;

  async function open(item, { isFocused = false } = {}) {
    if (!item.dataset.visit) return;
    opener = item.dataset.visit;
    const address = `${words.visit}?visit=${item.dataset.visit}`;
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.replaceChildren(...fresh.body.childNodes);
    box.hidden = false;
    if (isFocused) box.focus();
  }
  board.openPanel = open;

  function close() {
    box.hidden = true;
    box.replaceChildren();
    page.querySelector(`[data-visit="${opener}"] .board-what`)?.focus({ preventScroll: true });
  }

  page.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) return close();
    const item = event.target.closest(".board-visit");
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (item && event.target.closest(".board-what") && isPlain) {
      event.preventDefault();
      return open(item);
    }
    const lane = event.target.closest(".board-lane");
    if (lane && !item && words.newVisit && !isWeek(page)) offer(lane.closest("tr"), event.clientX);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden && !board.isBusy) close();
  });

  /** Offer a new visit at this time with this technician. */
  function offer(lane, x) {
    const from = Math.max(0, snapped(minuteAt(lane, x, page) - SNAP / 2, SNAP));
    const address = new URL(words.newVisit, location.href);
    address.searchParams.set("start", `${table(page).dataset.day}T${clock(from)}`);
    address.searchParams.set("resource", lane.dataset.lane);
    const part = document.createElement("div");
    part.className = "board-said";
    const link = document.createElement("a");
    link.className = "action-button";
    link.href = address;
    link.textContent = `${words.sayNew}: ${clock(from)}, ${lane.dataset.name}`;
    part.append(link);
    board.show(part);
  }
}
