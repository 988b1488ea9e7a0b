// Lets people see a password while they type it, instead of typing it twice. Without this script it stays dots.
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
  // Make it a password again before it is sent, so that browsers do not keep it as a suggestion.
  field.form.addEventListener("submit", () => {
    field.type = "password";
    say();
  });
  say();
  field.after(button);
});
