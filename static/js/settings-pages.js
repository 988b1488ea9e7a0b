// A page of settings: the preview follows what is typed, and the answer to a test message comes to its button. Without
// this script the buttons of the preview show what is typed, and the answer comes with the page.
import { Looks } from "./looks.js";

const PAUSE = 700; // ms after the last key
const form = document.getElementById("portalsettings_form");
const box = document.querySelector("[data-frame]");

// --- The preview -------------------------------------------------------------------------------------------------------
if (form && box) {
  const looks = new Looks(document.querySelectorAll("[data-look]"), box);
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => looks.renew(), PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  document.querySelector("[data-follows]")?.addEventListener("change", soon);
  // The look-up boxes (select2) tell of a choice by jQuery's events only.
  window.django?.jQuery?.(form).on("select2:select select2:clear", soon);
  // The page came back with what was typed, and the frame shows what is saved.
  if ("typed" in document.querySelector(".sp-aside").dataset) looks.renew();
}

// --- Test messages -----------------------------------------------------------------------------------------------------
for (const test of document.querySelectorAll("[data-test]")) {
  const place = test.querySelector("[data-answer]");
  test.addEventListener("submit", async (event) => {
    event.preventDefault();
    place.replaceChildren();
    try {
      const answer = await fetch(test.action, { method: "POST", body: new FormData(test), credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = page.querySelector(`[data-answer="${test.dataset.test}"]`);
      if (!said?.children.length) throw new Error("no answer");
      place.replaceChildren(...said.childNodes);
      place.firstElementChild.focus();
      test.querySelector("button").disabled = false;
    } catch {
      test.submit(); // the page itself answers, or says what is wrong
    }
  });
}
