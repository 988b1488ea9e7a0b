// The form follows what is typed: customers found, free times, what will be told. Without scripts its buttons do that.
const PAUSE = 350; // ms after the last key

const form = document.querySelector("[data-new-visit]");
if (form) {
  document.documentElement.classList.add("with-scripts");
  let timer;
  let asked = new AbortController();
  const parts = () => [...form.querySelectorAll("[data-part]")];

  // Puts in what has changed. A field that somebody is typing into is left alone until they leave it.
  const put = (part, fresh) => {
    const active = document.activeElement;
    const holds = part.contains(active);
    if (part.innerHTML === fresh.innerHTML || (holds && active.matches("input:not([type=radio], [type=checkbox]), textarea"))) return;
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll("details").forEach((one, number) => { one.open ||= open[number] ?? false; });
    if (holds && active.id) document.getElementById(active.id)?.focus({ preventScroll: true });
  };

  let locates = false; // an address was typed to its end: ask where it is
  const look = async (button) => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    const data = new FormData(form, button);
    data.set("look", "parts");
    if (locates) data.set("locate", "1");
    locates = false;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, signal: asked.signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (fresh && part.dataset.part !== "errors") put(part, fresh);
      }
      form.removeAttribute("aria-busy");
      document.dispatchEvent(new Event("place-may-have-changed"));
    } catch (error) {
      if (error.name !== "AbortError") form.removeAttribute("aria-busy");
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => look(), PAUSE);
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "start" || event.target.name === "resource") document.getElementById("when-typed").checked = true;
    soon();
  });
  form.addEventListener("change", (event) => {
    locates ||= ["street", "postal_code", "city", "country"].includes(event.target.name);
    soon();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-look]");
    if (!button) return;
    event.preventDefault();
    look(button);
  });
  form.addEventListener("submit", (event) => {
    // Enter in a field looks; only the button books, and once.
    if (event.submitter?.name !== "save") {
      event.preventDefault();
      look(event.submitter ?? undefined);
      return;
    }
    asked.abort();
    clearTimeout(timer);
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
  const wrong = form.querySelector(".errors input, .errors select, .errors textarea");
  (wrong ?? form.querySelector("#id_q, [name=when]"))?.focus();
}
