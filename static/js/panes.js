// Dialogs and side panes: the flyout's frame, and the pages that a card's actions open in here.
(function () {
  "use strict";

  if (!window.Inapp) {
    return;
  }
  const { bell, words, region, notice } = window.Inapp;

  function make(kind, title) {
    const dialog = document.createElement("dialog");
    dialog.className = "inapp-" + kind;
    dialog.setAttribute("aria-label", title);
    const inner = document.createElement("div");
    inner.dataset.list = "";
    inner.className = "inapp-inner";
    dialog.append(head(dialog, title), inner);
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog) {
        dialog.close(); // the backdrop
      }
    });
    dialog.addEventListener("close", function () {
      bell.setAttribute("aria-expanded", "false");
      region(); // leaves this dialog
      if (kind !== "flyout") {
        dialog.remove();
      }
      if (!document.activeElement || document.activeElement === document.body) {
        bell.focus(); // what opened it is gone, as a toast may be
      }
    });
    return dialog;
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
    close.addEventListener("click", function () { dialog.close(); });
    made.append(name, close);
    return made;
  }

  // --- Pages in frames ----------------------------------------------------------------------------------------------
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
    const dialog = make(kind, title);
    const inner = dialog.querySelector("[data-list]");
    inner.setAttribute("aria-busy", "true");
    inner.append(frameOf(url, title, dialog));
    if (kind === "pane") {
      dialog.style.setProperty("--pane", (Number(link.dataset.paneWidth) || 400) + "px");
    }
    document.body.append(dialog);
    dialog.showModal();
  }

  function frameOf(url, title, dialog) {
    const own = url.origin === location.origin;
    const frame = document.createElement("iframe");
    frame.title = title;
    // Our own pages need their cookie and their scripts; others get no more than a frame of their own.
    frame.sandbox = own ? "allow-same-origin allow-forms allow-scripts allow-popups" : "allow-scripts allow-forms allow-popups";
    frame.referrerPolicy = "same-origin";
    frame.addEventListener("load", function () { loaded(frame, dialog); });
    frame.src = url.href;
    return frame;
  }

  function loaded(frame, dialog) {
    const inside = frame.contentDocument;
    frame.parentNode.removeAttribute("aria-busy");
    if (!inside) {
      return; // another site's
    }
    inside.defaultView.addEventListener("pagehide", function () { frame.parentNode?.setAttribute("aria-busy", "true"); });
    inside.body.classList.add("framed"); // over plain http the server does not know
    closeOnEscape(inside, dialog);
  }

  function closeOnEscape(inside, dialog) {
    // A key pressed in a frame does not reach the dialog around it. Each page in the frame has a window of its own.
    inside.defaultView.addEventListener("keydown", function (event) {
      const isTheirs = event.defaultPrevented || event.isComposing || inside.querySelector("dialog[open]");
      if (event.key === "Escape" && !isTheirs) {
        event.preventDefault();
        dialog.close();
      }
    });
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-note] a[data-target]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) {
      return;
    }
    const kind = { dialog: "dialog", sidepane: "pane" }[link.dataset.target];
    if (kind) {
      event.preventDefault();
      open(link, kind);
    }
  });

  window.Inapp.dialog = make;
})();
