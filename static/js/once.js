// A form that changes something goes out once: further clicks do nothing until the answer is there.
// Without this script a second click is harmless as well: the server recognizes it as the same.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// Back from the next page: the form may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
  });
});
