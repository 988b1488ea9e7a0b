// Follows a bulk change while the worker does it; without scripts the page reloads itself.
const EVERY = 1000;
const region = document.querySelector("[data-progress]");

async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
    if (answer.redirected || !answer.ok) {
      throw new Error("the session ended, or the server is being restarted");
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-progress]");
    const isOnStop = document.activeElement?.name === "stop";
    region.replaceChildren(...fresh.childNodes);
    region.toggleAttribute("data-going-on", fresh.hasAttribute("data-going-on"));
    if (isOnStop) {
      region.querySelector("[name=stop]")?.focus();
    }
  } catch {
    // Said by what does not change; the next look may succeed.
  }
  if (region.hasAttribute("data-going-on")) {
    setTimeout(look, EVERY);
  }
}

setTimeout(look, EVERY);
