// In-app notifications. Without these scripts the bell is a link to the notification center, and everything there
// works by forms and links.
import { bell } from "./inapp/bell.js";
import { cardVerb, noteOpened } from "./inapp/card-verbs.js";
import { dismiss } from "./inapp/dismissing.js";
import * as flyout from "./inapp/flyout.js";
import { watchIcons } from "./inapp/icons.js";
import { openInPanes } from "./inapp/panes.js";
import * as retrieval from "./inapp/retrieval.js";
import { region } from "./inapp/toasts.js";

if (bell) {
  region(); // screen readers announce a live region only if it was there before its text
  watchIcons();
  document.addEventListener("click", openInPanes);
  document.addEventListener("submit", dismiss);
  document.addEventListener("submit", cardVerb);
  document.addEventListener("click", noteOpened);
  document.addEventListener("auxclick", noteOpened); // in another tab
  flyout.start();
  retrieval.start();
}
