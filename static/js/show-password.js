// A password that its writer may look at while typing, instead of typing it twice. Without this script it stays dots.
document.querySelectorAll("input[type=password][data-show]").forEach((field) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", field.id);

  function say() {
    button.textContent = field.type === "password" ? field.dataset.show : field.dataset.hide;
  }

  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    say();
  });
  // Sent as a password, so that no browser keeps it among the texts that it suggests.
  field.form.addEventListener("submit", () => {
    field.type = "password";
    say();
  });
  say();
  field.after(button);
});
