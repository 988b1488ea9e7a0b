// Small conveniences for the Settings area; every page works without them.
import { goToSearch } from "./find.js";
import { isSingle } from "./single-keys.js";

// Copy a field's text. The button is hidden until this runs: without scripts the field itself can be copied.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // plain http has no clipboard
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 3000);
  });
}

// An action runs once: a second click while the page loads would be reported as a conflict.
for (const form of document.querySelectorAll(".action-buttons form, .tests form")) {
  form.addEventListener("submit", () => {
    setTimeout(() => { form.querySelector("button").disabled = true; }, 0);
  });
}

// The look-up boxes (select2) come without a name for screen readers: give them their field's label.
// django.jQuery runs this after its own ready handlers, which make the boxes.
window.django?.jQuery?.(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    if (!label || !box) continue;
    label.id ||= `${select.id}-label`;
    // A box with multiple choice has its search field inside from the start.
    box.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id);
    const shown = box.querySelector(".select2-selection__rendered");
    box.setAttribute("aria-labelledby", `${label.id} ${shown?.id ?? ""}`.trim());
    shown?.setAttribute("aria-labelledby", label.id);
  }
});

// A link of an error summary leads to a field. Of a look-up box that is hidden: the box in its place gets the focus.
document.querySelector("[data-error-summary]")?.addEventListener("click", (event) => {
  const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
  const box = field?.matches(".select2-hidden-accessible") && field.nextElementSibling?.querySelector(".select2-selection");
  if (!box) return;
  event.preventDefault();
  box.scrollIntoView({ block: "center" });
  box.focus();
});

// Let the keyboard reach a table that scrolls inside the page.
for (const region of document.querySelectorAll(".inline-group .tabular")) {
  if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
}

// The key n opens *New visit* and / goes to the search.
const newVisit = document.querySelector("[data-new-visit-link]");
const KEYS = { n: () => newVisit?.click(), "/": goToSearch };
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  const isSearch = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const does = Object.hasOwn(KEYS, event.key) && isSingle(event) && KEYS[event.key];
  if (!isSearch && !does) return;
  event.preventDefault();
  (isSearch ? goToSearch : does)();
});

// Fields in the tables of related records have their column's heading for a label only in the eyes of those who see.
for (const cell of document.querySelectorAll(".inline-group .tabular tbody td")) {
  const column = [...cell.classList].find((name) => name.startsWith("field-"))?.replace("field-", "column-");
  const headings = [...(cell.closest("table").tHead?.querySelectorAll("th") ?? [])];
  const heading = column ? headings.find((one) => one.classList.contains(column)) : cell.matches(".delete") && headings.at(-1);
  for (const field of heading ? cell.querySelectorAll("input:not([type=hidden]), select, textarea") : []) {
    if (!field.labels?.length && !field.ariaLabel) field.ariaLabel = heading.textContent.trim();
  }
}

// Light or dark, and the width of the navigation: at once, and kept on the way (the form alone loads the page again).
for (const form of document.querySelectorAll("[data-appearance]")) {
  form.addEventListener("submit", async (event) => {
    const { name, value } = event.submitter;
    event.preventDefault();
    const root = document.documentElement;
    if (value === "system" || value === "wide") delete root.dataset[name];
    else root.dataset[name] = value;
    for (const button of form.querySelectorAll("[aria-pressed]")) button.ariaPressed = String(button === event.submitter);
    // The button that was pressed is gone then.
    if (name === "navigation") form.querySelector(`[name="navigation"]:not([value="${value}"])`).focus();
    const body = new FormData(form, event.submitter);
    await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
  });
}

// Django's pairs of lists explain themselves by a picture without a role: its name is heard only with one.
window.addEventListener("load", () => setTimeout(() => {
  for (const picture of document.querySelectorAll(".selector .help-tooltip[aria-label]")) picture.role = "img";
}));
