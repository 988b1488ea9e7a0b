// A form that is sent once, however often its button is pressed. The server takes a second one well, too.
(function () {
  "use strict";

  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if ("sent" in form.dataset) {
        event.preventDefault();
      }
      form.dataset.sent = "";
    });
  });
  // The back button brings the page as it was left.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-once]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });
})();
