// Where things are: the lanes of a day as minutes, or the cells of a week as days.
export const SNAP = 15;
export const FINE = 5;

export const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** A place that a visit can have: {lane (a row), day, from (minutes), minutes}. */
export const same = (one, other) => one.lane === other.lane && one.day === other.day && one.from === other.from && one.minutes === other.minutes;

export function table(page) {
  return page.querySelector("[data-lanes], [data-week]");
}

export function isWeek(page) {
  return Boolean(page.querySelector("[data-week]"));
}

/** Without room for a time line the board is a list, and visits are moved by the form. */
export function isDrawn() {
  return matchMedia("(min-width: 768px)").matches;
}

export function lanes(page) {
  return [...page.querySelectorAll("tr[data-lane]")];
}

/** Where a visit or work of the tray is now; null for one that stands on no lane. */
export function placeOf(item, page) {
  const lane = item.closest("tr[data-lane]");
  if (!lane) return null;
  const from = Number(item.dataset.from);
  const day = item.closest("[data-day]").dataset.day;
  return { lane, day, from, minutes: Number(item.dataset.to) - from };
}

/** The minute of the day under a point of a lane. */
export function minuteAt(lane, x, page) {
  const box = lane.querySelector(".board-lane").getBoundingClientRect();
  const { first, last } = table(page).dataset;
  return first * 60 + ((x - box.left) / box.width) * (last - first) * 60;
}

export const snapped = (minutes, step) => Math.round(minutes / step) * step;

/** Keep a visit within the day. */
export function within(place) {
  return { ...place, from: Math.max(0, Math.min(place.from, 24 * 60 - FINE)), minutes: Math.max(FINE, place.minutes) };
}

/** Draw a ghost at a place: positions are set through the style object, which the content security policy allows. */
export function draw(ghost, place, page) {
  if (isWeek(page)) {
    place.lane.querySelector(`[data-day="${place.day}"]`)?.append(ghost);
    return;
  }
  const { first, last } = table(page).dataset;
  const share = (minutes) => `${(minutes / ((last - first) * 60)) * 100}%`;
  ghost.style.insetInlineStart = share(place.from - first * 60);
  ghost.style.inlineSize = share(place.minutes);
  place.lane.querySelector(".board-lane").append(ghost);
}
