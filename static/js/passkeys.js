// Passkeys need scripts: shows their buttons if the browser supports them, and says in words what went wrong.
if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.querySelector("[data-passkey-words]");
  if (!words) return;
  const stopped = event.detail.exception && event.detail.exception.name === "NotAllowedError";
  words.textContent = stopped ? words.dataset.stopped : words.dataset.failed;
});
