// Asks before a tap that is probably a slip of the finger, also without a connection. The server asks the same
// (bookings/models/doubts.py), for what this page could not know when it was loaded.
const dialog = document.querySelector("[data-ask]");

// Returns what to ask before this form's tap, or nothing.
export function questionOf(form) {
  const { question, asks, start, nearFor } = form.dataset;
  const status = form.closest("[data-visit]").dataset.status;
  if (!question || !asks.split(" ").includes(status)) {
    return "";
  }
  const isNear = start && Math.abs(Date.parse(start) - Date.now()) <= nearFor * 1000;
  return isNear ? "" : question;
}

// Resolves to whether the answer was yes.
export function ask(question, yes) {
  if (!dialog?.showModal) {
    return Promise.resolve(window.confirm(question)); // an old browser
  }
  dialog.querySelector("[data-question]").textContent = question;
  dialog.querySelector("[data-yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
