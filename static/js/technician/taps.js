// Taps are kept on the phone, by user, until the server has answered each. Other tabs of the browser see the same list.
// A tap: { id, booking, verb, minutes, sure, made_at, after, label }, and once it was answered { outcome, answer, at }.

export const user = document.querySelector("[data-day]").dataset.user;
export const KEY = `technician-taps-${user}`;

export function all() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

export function unsent() {
  return all().filter((tap) => !tap.outcome);
}

function write(list) {
  localStorage.setItem(KEY, JSON.stringify(list));
  document.dispatchEvent(new Event("technician:taps"));
}

// Raises where the browser keeps nothing; then the form goes out by itself.
export function add(tap) {
  write([...all(), { ...tap, id: newId(), made_at: new Date().toISOString() }]);
}

function newId() {
  if (crypto.randomUUID) {
    return crypto.randomUUID();
  }
  // Over plain HTTP there is no randomUUID; a version 4 UUID by hand.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function settle(id, said) {
  write(all().map((tap) => (tap.id === id ? { ...tap, ...said } : tap)));
}

// Whether the technician has to read the answer: it was refused, or is asked about.
export function isOpen(tap) {
  return tap.outcome === "refused" || tap.outcome === "ask";
}

// Sends a tap again that was asked about, as the same tap with the time it was made.
export function confirm(id) {
  write(all().map((tap) => (tap.id === id ? { ...tap, sure: "on", outcome: undefined } : tap)));
}

// Drops answered taps that a page of this time (by the server's clock) already shows. Refused ones stay.
export function forgetShown(rendered) {
  const list = all();
  const left = list.filter((tap) => !tap.outcome || isOpen(tap) || Date.parse(tap.at) > rendered);
  if (left.length !== list.length) {
    write(left);
  }
}

export function dismiss(id) {
  write(all().filter((tap) => tap.id !== id));
}
