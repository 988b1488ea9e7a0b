// Buttons that send a form into the frame beside it, which shows how what is typed will look.

export class Looks {
  #frames = 0;

  // `box` holds the frame; the first look is pressed.
  constructor(buttons, box) {
    this.buttons = [...buttons];
    this.box = box;
    this.#press(this.buttons[0]);
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        this.#press(button);
        this.#freshFrame();
      });
    }
  }

  // Shows what is typed now.
  renew() {
    this.pressed.click();
  }

  #press(button) {
    this.pressed = button;
    for (const one of this.buttons) one.setAttribute("aria-pressed", String(one === button));
  }

  // Each preview gets a new frame: one that is used again would add a step for the Back button, and flash.
  #freshFrame() {
    const shown = [...this.box.querySelectorAll("iframe")];
    const coming = shown[0].cloneNode();
    coming.removeAttribute("src");
    coming.classList.add("is-coming");
    // Under a name of its own, as a frame goes by the first name that it had.
    this.#frames += 1;
    coming.name = `preview-${this.#frames}`;
    for (const button of this.buttons) button.formTarget = coming.name;
    this.box.append(coming);
    // Only now: the empty frame has told that it is loaded.
    coming.addEventListener("load", () => {
      for (const frame of shown) frame.remove();
      coming.classList.remove("is-coming");
    });
  }
}
