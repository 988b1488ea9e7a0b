// Find anything: shows what is found while one types, below the box. Without this the form leads to the page with it all.
const AFTER = 120; // ms without a key
const SHORTEST = 2;

class Finder {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input");
    this.list = document.createElement("div");
    this.list.id = `found-${Math.random().toString(36).slice(2)}`;
    this.list.className = "shell-found";
    this.list.role = "listbox";
    this.list.ariaLabel = this.input.ariaLabel;
    this.list.hidden = true;
    form.append(this.list);
    Object.assign(this.input, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false", ariaHasPopup: "listbox" });
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.show(this.list.childElementCount > 0));
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) this.show(false);
    });
    // The box keeps the focus; a click still follows the link.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      if (!this.active) return;
      event.preventDefault();
      this.active.click();
    });
  }

  stop() {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  later() {
    this.stop();
    const text = this.input.value.trim();
    if (text.length < SHORTEST) {
      this.list.replaceChildren();
      this.show(false);
    } else {
      this.timer = setTimeout(() => this.ask(text), AFTER);
    }
  }

  async ask(text) {
    this.asked = new AbortController();
    try {
      const address = `${this.form.action}?${new URLSearchParams({ q: text, part: "yes" })}`;
      const answer = await fetch(address, { signal: this.asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return; // the form leads to what the matter is
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.list.replaceChildren(...page.body.children);
      this.mark(null);
      this.options.forEach((option, number) => { option.id = `${this.list.id}-${number}`; });
      this.show(this.form.contains(document.activeElement));
    } catch {
      // Stopped because of the next key, or no connection.
    }
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get active() {
    return this.list.hidden ? null : this.list.querySelector("[aria-selected=true]");
  }

  key(event) {
    const options = this.options;
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault(); // which would empty the box
      this.stop();
      this.show(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      this.show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = options.indexOf(this.active);
      this.mark(options[at < 0 ? (step > 0 ? 0 : options.length - 1) : (at + step + options.length) % options.length]);
    }
  }

  mark(option) {
    for (const one of this.options) one.ariaSelected = String(one === option);
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  show(yes) {
    this.list.hidden = !yes;
    this.input.ariaExpanded = String(yes);
    if (!yes) this.mark(null);
  }
}

for (const form of document.querySelectorAll("[data-find]")) new Finder(form);

/** Put the focus into the search box, or open its page where the box has no room. */
export function goToSearch() {
  const box = [...document.querySelectorAll("[data-find] input")].find((one) => one.checkVisibility());
  if (box) {
    box.focus();
    box.select();
  } else {
    document.querySelector(".shell-find-link")?.click();
  }
}
