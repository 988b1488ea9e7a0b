// Writing the words of a message: counts the text message, puts placeholders in, and keeps the preview up to date. Without
// this script *Count* and the buttons of the preview do the same, and the server's answer is the one that counts.
import { SmsText, fill } from "./sms-text.js";

const PAUSE = 700; // ms after the last key
const form = document.querySelector("[data-words-form]");
const data = JSON.parse(document.getElementById("message-words-data").textContent);
const say = (name, values) => data.sentences[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const counted = (number, noun) => say(number === 1 ? noun : `${noun}s`, { n: number });

// --- What a text message costs -----------------------------------------------------------------------------------------
const sms = form.querySelector("[data-words=sms]");
const cost = form.querySelector("[data-cost]");
const smsText = new SmsText(data.tables);

function marks(places) {
  const named = places.slice(0, data.named).map(([mark, place]) => say("mark", { mark, place })).join(", ");
  return places.length > data.named ? `${named} …` : named;
}

function notes(count) {
  if (data.isRightToLeft && !count.is_gsm7) return [data.sentences.script];
  return [
    count.costly.length && say("costly", { marks: marks(count.costly) }),
    count.costly_values.length && say("values", { names: count.costly_values.map((name) => `[${name}]`).join(", ") }),
    count.double.length && say("double", { marks: marks(count.double) }),
  ].filter(Boolean);
}

function count() {
  if (!sms || !cost) return;
  let found = smsText.count(sms.value, data.values, data.isRightToLeft, data.optional);
  if (!found.characters && data.builtIn.sms) {
    found = smsText.count(data.builtIn.sms.replaceAll("[", "[["), {}, data.isRightToLeft);
  }
  const line = (words, name) => {
    const box = document.createElement("p");
    box.className = name;
    box.textContent = words;
    return box;
  };
  const head = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = `${counted(found.characters, "character")}, ${counted(found.segments, "segment")}`;
  head.append(strong);
  const fresh = [head, ...notes(found).map((words) => line(words, "notice tone-attention"))];
  const same = fresh.map((box) => box.textContent).join() === [...cost.children].map((box) => box.textContent).join();
  if (!same) cost.replaceChildren(...fresh);
}

// --- The subject as an inbox lists it ----------------------------------------------------------------------------------
function fillIn() {
  for (const shown of form.querySelectorAll("[data-filled]")) {
    const field = form.querySelector(`[data-words="${shown.dataset.filled}"]`);
    if (field) shown.textContent = fill(field.value, data.values, data.optional).trim() || data.builtIn[shown.dataset.filled];
  }
}

// --- Placeholders ------------------------------------------------------------------------------------------------------
let last = form.querySelector("[data-words]");
form.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-words]")) last = event.target;
});
for (const code of form.querySelectorAll("[data-placeholder]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = code.textContent;
  button.addEventListener("click", () => {
    last.focus();
    last.setRangeText(button.textContent, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
  code.replaceWith(button);
}

// --- The preview -------------------------------------------------------------------------------------------------------
const looks = [...form.querySelectorAll("[data-look]")];
const box = form.querySelector("[data-frame]");
let look = looks[0];
let frames = 0;

function press(button) {
  look = button;
  for (const one of looks) one.setAttribute("aria-pressed", String(one === button));
}

// Each preview gets a new frame: one that is used again would add a step for the Back button, and flash.
function freshFrame() {
  const shown = [...box.querySelectorAll("iframe")];
  const coming = shown[0].cloneNode();
  coming.removeAttribute("src");
  coming.classList.add("is-coming");
  // Under a name of its own, as a frame goes by the first name that it had.
  frames += 1;
  coming.name = `message-preview-${frames}`;
  for (const button of looks) button.formTarget = coming.name;
  box.append(coming);
  // Only now: the empty frame has told that it is loaded.
  coming.addEventListener("load", () => {
    for (const frame of shown) frame.remove();
    coming.classList.remove("is-coming");
  });
}

if (looks.length) {
  press(look);
  for (const button of looks) {
    button.addEventListener("click", () => {
      press(button);
      freshFrame();
    });
  }
  let timer;
  const soon = (event) => {
    if (!event.target.matches("[data-words], #id_example")) return;
    clearTimeout(timer);
    timer = setTimeout(() => look.click(), PAUSE);
  };
  form.addEventListener("input", soon);
  // The page came back with what was typed, and the frame shows what is saved.
  if ("typed" in form.dataset) look.click();
}
form.addEventListener("input", () => {
  count();
  fillIn();
});
for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
count();
