// Moving by mouse, pen or finger. A finger has to rest on a visit first: otherwise it scrolls.
import { FINE, SNAP, isDrawn, isWeek, minuteAt, placeOf, snapped, within, draw } from "./places.js";

const SLOP = 5; // px before a press becomes a drag
const LONG_PRESS = 400; // ms
const NEAR = 48; // px from the edge of the lanes at which they scroll
const EDGE = 8; // px at the end of a visit that change its length

export function dragging(board) {
  const { page } = board;
  let press = null; // {item, x, y, grab, mode}
  let wasDragged = false;

  page.addEventListener("pointerdown", (event) => {
    const item = event.target.closest(".board-visit, .board-work");
    if (!item || event.button !== 0 || board.isBusy || event.target.closest(".board-move")) return;
    if (!isDrawn()) return;
    const box = item.getBoundingClientRect();
    const isEdge = !isWeek(page) && item.dataset.visit && box.right - event.clientX < EDGE && board.may(item, "move");
    if (!board.may(item, "hand") && !board.may(item, "move")) return;
    press = { item, id: event.pointerId, x: event.clientX, y: event.clientY, mode: isEdge ? "length" : "move" };
    if (item.dataset.visit && !isWeek(page)) press.grab = minuteAt(item.closest("tr"), event.clientX, page) - Number(item.dataset.from);
    if (event.pointerType === "touch") press.timer = setTimeout(() => begin(event), LONG_PRESS);
    else press.isMouse = true;
  });

  function begin(event) {
    const { item } = press;
    press.isOn = true;
    wasDragged = true;
    getSelection()?.removeAllRanges();
    const home = placeOf(item, page);
    const place = home ?? placeAt(event, item);
    board.lift(item, place ?? { isTray: true });
    if (place && !place.isTray) draw(board.ghost, place, page);
    press.scrolling = setInterval(scroll, 30);
  }

  /** Scroll the lanes while the pointer is held near their edge. */
  function scroll() {
    const scroller = page.querySelector(".board-scroll");
    if (!press?.last || !scroller) return;
    const box = scroller.getBoundingClientRect();
    const { clientX: x, clientY: y } = press.last;
    if (x < box.left || x > box.right || y < box.top) return;
    const bottom = Math.min(box.bottom, innerHeight);
    const down = y > bottom - NEAR ? 12 : y < box.top + NEAR + 32 && scroller.scrollTop ? -12 : 0;
    if (!down) return;
    if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1 || bottom < box.bottom) scrollBy(0, down);
    scroller.scrollBy(0, down);
    follow(press.last);
  }

  function placeAt(event, item) {
    const under = document.elementFromPoint(event.clientX, event.clientY);
    if (under?.closest("[data-tray]")) return board.may(item, "tray") || item.dataset.order ? { isTray: true } : null;
    const lane = under?.closest("tr[data-lane]");
    const home = placeOf(item, page);
    if (!lane) return null;
    const minutes = home?.minutes ?? Number(item.dataset.minutes);
    if (isWeek(page)) {
      const day = under.closest("[data-day]")?.dataset.day;
      return day && day !== "" ? { lane, day, from: home?.from ?? 9 * 60, minutes } : null;
    }
    const step = event.shiftKey ? FINE : SNAP;
    const { day } = lane.closest("[data-day]").dataset;
    const at = minuteAt(lane, event.clientX, page);
    if (press.mode === "length") {
      const end = snapped(at, step);
      return within({ ...home, minutes: Math.max(step, end - home.from) });
    }
    // Work under way changes hands only: its time stays.
    const from = home && !board.may(item, "move") ? home.from : snapped(at - (press.grab ?? minutes / 4), step);
    return within({ lane, day, from, minutes });
  }

  addEventListener("pointermove", (event) => {
    if (!press || event.pointerId !== press.id) return;
    if (!press.isOn) {
      const isFar = Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLOP;
      if (!isFar) return;
      if (!press.isMouse) return stop();
      begin(event);
    }
    press.last = event;
    follow(event);
  });

  function follow(event) {
    const place = placeAt(event, press.item);
    const now = board.lifted?.place;
    if (!place || !now) return;
    if (place.isTray === now.isTray && place.lane === now.lane && place.day === now.day && place.from === now.from && place.minutes === now.minutes) return;
    if (place.isTray) board.ghost.remove();
    else draw(board.ghost, place, page);
    board.target(place, true);
  }

  addEventListener("pointerup", async (event) => {
    if (!press || event.pointerId !== press.id) return;
    const { isOn, item } = press;
    const place = isOn ? placeAt(event, item) : null;
    stop();
    if (!isOn) return;
    // Dropped beside the lanes, or work of the tray into the tray again: nothing happens.
    if (!place || (place.isTray && item.dataset.order)) board.letGo();
    else await board.drop();
  });
  addEventListener("pointercancel", () => { if (press?.isOn) board.letGo(); stop(); });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !press?.isOn) return;
    board.letGo();
    stop();
  });
  // What was dragged was not clicked.
  page.addEventListener("click", (event) => {
    if (!wasDragged) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wasDragged = false;
  }, { capture: true });
  addEventListener("pointerdown", () => { wasDragged = false; }, { capture: true });
  page.addEventListener("dragstart", (event) => event.preventDefault());
  // While something is picked up the page stays; the listener must be there before the finger moves.
  page.addEventListener("touchmove", (event) => { if (press?.isOn) event.preventDefault(); }, { passive: false });
  page.addEventListener("contextmenu", (event) => { if (press?.isOn) event.preventDefault(); });

  function stop() {
    clearTimeout(press?.timer);
    clearInterval(press?.scrolling);
    press = null;
  }
}
