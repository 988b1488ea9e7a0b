// Dialogs and side panes: the flyout's frame, and the pages that a card's actions open in here.
import { bell, words } from "./bell.js";
import { notice, region } from "./toasts.js";

export function dialog(kind, title) {
  const made = document.createElement("dialog");
  made.className = "inapp-" + kind;
  made.setAttribute("aria-label", title);
  const inner = document.createElement("div");
  inner.dataset.list = "";
  inner.className = "inapp-inner";
  made.append(head(made, title), inner);
  made.addEventListener("click", (event) => {
    if (event.target === made) {
      made.close(); // the backdrop
    }
  });
  made.addEventListener("close", () => {
    bell.setAttribute("aria-expanded", "false");
    region(); // leaves this dialog
    if (kind !== "flyout") {
      made.remove();
    }
    if (!document.activeElement || document.activeElement === document.body) {
      bell.focus(); // what opened it is gone, as a toast may be
    }
  });
  return made;
}

function head(dialog, title) {
  const made = document.createElement("div");
  made.className = "inapp-head";
  const name = document.createElement("h2");
  name.textContent = title;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "note-close";
  close.setAttribute("aria-label", words.wordsClose);
  close.textContent = "×";
  close.addEventListener("click", () => { dialog.close(); });
  made.append(name, close);
  return made;
}

// --- Pages in frames -------------------------------------------------------------------------------------------------
function isFramable(url) {
  return url.origin === location.origin || (url.protocol === "https:" && words.frameHosts.split(" ").includes(url.host));
}

function open(link, kind) {
  const url = new URL(link.href);
  if (!isFramable(url)) {
    window.open(url.href, "_blank", "noopener");
    notice(words.wordsWindow);
    return;
  }
  const title = link.dataset.paneTitle || link.textContent.trim();
  const shown = dialog(kind, title);
  const inner = shown.querySelector("[data-list]");
  inner.setAttribute("aria-busy", "true");
  inner.append(frameOf(url, title, shown));
  if (kind === "pane") {
    shown.style.setProperty("--pane", (Number(link.dataset.paneWidth) || 400) + "px");
  }
  document.body.append(shown);
  shown.showModal();
}

function frameOf(url, title, dialog) {
  const own = url.origin === location.origin;
  const frame = document.createElement("iframe");
  frame.title = title;
  // Our own pages need their cookie and their scripts; others get no more than a frame of their own.
  frame.sandbox = own ? "allow-same-origin allow-forms allow-scripts allow-popups" : "allow-scripts allow-forms allow-popups";
  frame.referrerPolicy = "same-origin";
  frame.addEventListener("load", () => { loaded(frame, dialog); });
  frame.src = url.href;
  return frame;
}

function loaded(frame, dialog) {
  const inside = frame.contentDocument;
  frame.parentNode.removeAttribute("aria-busy");
  if (!inside) {
    return; // another site's
  }
  inside.defaultView.addEventListener("pagehide", () => { frame.parentNode?.setAttribute("aria-busy", "true"); });
  inside.body.classList.add("framed"); // over plain http the server does not know
  closeOnEscape(inside, dialog);
}

function closeOnEscape(inside, dialog) {
  // A key pressed in a frame does not reach the dialog around it. Each page in the frame has a window of its own.
  inside.defaultView.addEventListener("keydown", (event) => {
    const isTheirs = event.defaultPrevented || event.isComposing || inside.querySelector("dialog[open]");
    if (event.key === "Escape" && !isTheirs) {
      event.preventDefault();
      dialog.close();
    }
  });
}

export function openInPanes(event) {
  const link = event.target.closest("[data-note] a[data-target]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) {
    return;
  }
  const kind = { dialog: "dialog", sidepane: "pane" }[link.dataset.target];
  if (kind) {
    event.preventDefault();
    open(link, kind);
  }
}
