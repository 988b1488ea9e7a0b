// By keyboard: arrows go from visit to visit; Enter or Space picks one up, then arrows move it and Enter drops it.
import { FINE, SNAP, draw, isDrawn, isWeek, lanes, placeOf, table, within } from "./places.js";

const NEXT = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

export function keys(board) {
  const { page } = board;
  rove(board);
  page.addEventListener("board:fresh", () => rove(board));

  page.addEventListener("keydown", (event) => {
    const item = event.target.closest?.(".board-visit, .board-work");
    if (!item || event.target.closest(".board-move") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (board.lifted) return moves(board, event);
    if (event.key === "Enter" || event.key === " ") {
      if (!isDrawn()) return;
      event.preventDefault();
      pick(board, item);
    } else if (event.key === "i") {
      event.preventDefault();
      board.openPanel(item, { isFocused: true });
    } else if (event.key in NEXT && isDrawn()) {
      event.preventDefault();
      step(board, item, event.key);
    }
  });
  page.addEventListener("focusout", (event) => {
    if (!board.lifted?.byKey || board.isSaving || event.target !== board.lifted.item.querySelector(".board-what")) return;
    board.letGo();
    board.say(board.words.sayBack);
  });
  document.addEventListener("keydown", (event) => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z";
    if (!isUndo || event.target.closest("input, textarea, select")) return;
    const form = board.news.querySelector("[data-undo-form]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/** One visit is in the order of the Tab key, and one of the tray; a screen reader hears that they are buttons. */
function rove(board) {
  const current = document.activeElement;
  for (const group of [".board-visit .board-what", ".board-work .board-what"]) {
    const all = [...board.page.querySelectorAll(group)];
    const focusable = all.includes(current) ? current : all[0];
    for (const one of all) {
      one.tabIndex = one === focusable || !isDrawn() ? 0 : -1;
      if (isDrawn()) one.setAttribute("role", "button");
      if (board.mayMove) one.setAttribute("aria-describedby", "board-how");
    }
  }
}

function focus(board, item) {
  const link = item?.querySelector(".board-what");
  if (!link) return;
  for (const other of board.page.querySelectorAll(`.${item.classList[0]} .board-what`)) other.tabIndex = -1;
  link.tabIndex = 0;
  link.focus();
}

function step(board, item, key) {
  const { page } = board;
  const isAcross = key === "ArrowLeft" || key === "ArrowRight";
  if (item.matches(".board-work")) {
    focus(board, isAcross ? (NEXT[key] > 0 ? item.nextElementSibling : item.previousElementSibling) : null);
    return;
  }
  const rows = lanes(page);
  const lane = item.closest("tr");
  const inLane = [...lane.querySelectorAll(".board-visit")];
  if (isAcross) return focus(board, inLane[inLane.indexOf(item) + NEXT[key]]);
  for (let at = rows.indexOf(lane) + NEXT[key]; rows[at]; at += NEXT[key]) {
    const near = [...rows[at].querySelectorAll(".board-visit")];
    near.sort((one, other) => Math.abs(one.dataset.from - item.dataset.from) - Math.abs(other.dataset.from - item.dataset.from));
    if (near.length) return focus(board, near[0]);
  }
}

function pick(board, item) {
  if (board.isBusy || !(board.may(item, "move") || board.may(item, "hand"))) return;
  const place = placeOf(item, board.page) ?? firstPlace(board, item);
  if (!place) return;
  board.lift(item, place);
  board.lifted.byKey = true;
  draw(board.ghost, place, board.page);
  board.say(`${board.words.sayPicked} ${board.words_of(place)}`);
}

/** Work of the tray begins in the first lane: now, or when the day begins. */
function firstPlace(board, item) {
  const [lane] = lanes(board.page);
  if (!lane) return null;
  const minutes = Number(item.dataset.minutes);
  if (isWeek(board.page)) return { lane, day: lane.querySelector("[data-day]").dataset.day, from: 9 * 60, minutes };
  const { first, day } = table(board.page).dataset;
  const line = board.page.querySelector("[data-now-line]");
  const now = line ? (Math.floor(Number(line.dataset.minute) / SNAP) + 1) * SNAP : 0;
  return within({ lane, day, from: Math.max(first * 60, now), minutes });
}

async function moves(board, event) {
  const { page, lifted } = board;
  const { item } = lifted;
  const place = { ...lifted.place };
  const mayTime = item.dataset.order || board.may(item, "move");
  const size = event.shiftKey ? FINE : SNAP;
  const rows = lanes(page);
  switch (event.key) {
    case "Escape":
      board.letGo();
      board.say(board.words.sayBack);
      break;
    case "Enter":
    case " ":
      event.preventDefault();
      await board.drop();
      return;
    case "t":
    case "T":
      if (!board.may(item, "tray")) return;
      lifted.place = { isTray: true };
      event.preventDefault();
      await board.drop();
      return;
    case "ArrowUp":
    case "ArrowDown":
      place.lane = rows[rows.indexOf(place.lane) + NEXT[event.key]] ?? place.lane;
      break;
    case "ArrowLeft":
    case "ArrowRight":
      if (mayTime && isWeek(page)) place.day = beside(place, NEXT[event.key]);
      else if (mayTime) place.from += NEXT[event.key] * size;
      break;
    case "+":
    case "-":
      if (mayTime) place.minutes += event.key === "+" ? SNAP : -SNAP;
      break;
    default:
      return;
  }
  event.preventDefault();
  if (!board.lifted) return;
  const bounded = within(place);
  draw(board.ghost, bounded, page);
  board.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  board.target(bounded);
}

function beside(place, by) {
  const days = [...place.lane.querySelectorAll("[data-day]")].map((cell) => cell.dataset.day);
  return days[days.indexOf(place.day) + by] ?? place.day;
}
