// Lists of the Settings area: menus that close, counts of filters, keys. Every list works without it.
import { isSingle } from "./single-keys.js";

// --- Menus -----------------------------------------------------------------------------------------------------------
const menus = [...document.querySelectorAll("details.list-menu")];
const close = (menu) => {
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (inside) menu.querySelector("summary").focus();
};
for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    // Browsers from before 2024 do not close the others by themselves.
    for (const other of menus) if (other !== menu) other.open = false;
    keepInside(menu);
  });
}
document.addEventListener("click", (event) => {
  for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const open = menus.find((menu) => menu.open);
  if (event.key !== "Escape" || !open || event.defaultPrevented) return;
  event.preventDefault();
  close(open);
});

// A menu at the end of the bar opens towards its beginning.
function keepInside(menu) {
  const content = menu.lastElementChild;
  content.classList.remove("opens-back");
  const box = content.getBoundingClientRect();
  content.classList.toggle("opens-back", box.right > document.documentElement.clientWidth - 8 || box.left < 8);
}

// --- Filters ---------------------------------------------------------------------------------------------------------
for (const menu of document.querySelectorAll("details[data-filter]")) {
  menu.addEventListener("toggle", () => menu.open && count(menu), { once: true });
  if (menu.dataset.many) addBox(menu);
}

async function count(menu) {
  const asked = new URLSearchParams(window.location.search);
  asked.set("filter", menu.dataset.filter);
  const answer = await fetch(`counts/?${asked}`).catch(() => null);
  if (!answer?.ok) return;
  const { counts } = await answer.json();
  menu.querySelectorAll(".list-count").forEach((place, number) => { place.textContent = counts[number] ?? ""; });
}

// Look for one of many choices.
function addBox(menu) {
  const box = document.createElement("input");
  box.type = "search";
  box.ariaLabel = box.placeholder = menu.dataset.many;
  const rows = [...menu.querySelectorAll("li")];
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    rows.find((row) => !row.hidden)?.querySelector("a").click();
  });
  const first = document.createElement("li");
  first.className = "list-find";
  first.append(box);
  menu.querySelector("ul").prepend(first);
  menu.addEventListener("toggle", () => menu.open && box.focus());
}

// --- Keys ------------------------------------------------------------------------------------------------------------
const rows = [...document.querySelectorAll("#result_list tbody tr")];
const placeOf = () => rows.findIndex((row) => row.contains(document.activeElement));

// The link of a row gets the focus, so Enter opens it by itself.
function go(step) {
  for (const menu of menus) menu.open = false;
  const here = placeOf();
  const row = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1)];
  if (!row) return;
  let target = row.querySelector("th a[href]") ?? row.querySelector("a[href]");
  if (!target) {
    target = row;
    row.tabIndex = -1;
  }
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  x: () => rows[placeOf()]?.querySelector(".action-select")?.click(),
  f: () => document.getElementById("searchbar")?.focus(),
  "?": () => {
    const help = document.querySelector("details[data-keys]");
    if (!help) return;
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
  },
};
document.addEventListener("keydown", (event) => {
  if (!Object.hasOwn(KEYS, event.key) || !isSingle(event)) return;
  event.preventDefault();
  KEYS[event.key]();
});
for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
