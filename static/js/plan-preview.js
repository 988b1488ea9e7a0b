// What the customer will be told, and what stands against it, follow the form; without scripts the button shows them.
// Nothing is changed by asking.
const PAUSE = 400; // ms after the last key

// Left alone while it says the same, so that a reason that is being typed keeps its cursor.
function showConflicts(shown, fresh) {
  const said = (box) => [...box.querySelectorAll("li")].map((line) => line.textContent).join();
  if (!shown || !fresh || said(shown) === said(fresh)) return;
  const why = shown.querySelector("[name=despite_why]")?.value;
  shown.replaceChildren(...fresh.childNodes);
  const field = shown.querySelector("[name=despite_why]");
  if (field && why) field.value = why;
}

for (const region of document.querySelectorAll("[data-preview]")) {
  const button = region.parentElement.querySelector("[data-preview-button]");
  const form = button?.form;
  if (!form) continue;
  let timer;
  let asked = new AbortController();

  const show = async () => {
    asked.abort();
    asked = new AbortController();
    region.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form, button), signal: asked.signal, credentials: "same-origin",
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-preview]");
      if (fresh) region.replaceChildren(...fresh.childNodes);
      showConflicts(form.querySelector("[data-conflicts]"), page.querySelector("[data-conflicts]"));
      region.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") region.removeAttribute("aria-busy");
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  // The look-up boxes (select2) tell of a choice by jQuery's events only.
  window.django?.jQuery?.(form).on("select2:select select2:clear", soon);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });
}
