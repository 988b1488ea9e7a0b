// Writing the words of a message: counts the text message, puts placeholders in, and keeps the preview up to date. Without
// this script *Count* and the buttons of the preview do the same, and the server's answer is the one that counts.
import { Looks } from "./looks.js";
import { SmsCost } from "./sms-cost.js";
import { fill } from "./sms-text.js";

const PAUSE = 700; // ms after the last key
const form = document.querySelector("[data-words-form]");
const data = JSON.parse(document.getElementById("message-words-data").textContent);

// --- What a text message costs -----------------------------------------------------------------------------------------
const sms = form.querySelector("[data-words=sms]");
const cost = form.querySelector("[data-cost]");
const smsCost = new SmsCost(data);

function count() {
  if (!sms || !cost) return;
  let found = smsCost.text.count(sms.value, data.values, data.isRightToLeft, data.optional);
  if (!found.characters && data.builtIn.sms) {
    found = smsCost.text.countText(data.builtIn.sms, "", data.isRightToLeft);
  }
  smsCost.show(cost, found);
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
const buttons = form.querySelectorAll("[data-look]");
if (buttons.length) {
  const looks = new Looks(buttons, form.querySelector("[data-frame]"));
  let timer;
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-words], #id_example")) return;
    clearTimeout(timer);
    timer = setTimeout(() => looks.renew(), PAUSE);
  });
  // The page came back with what was typed, and the frame shows what is saved.
  if ("typed" in form.dataset) looks.renew();
}
form.addEventListener("input", () => {
  count();
  fillIn();
});
for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
count();
