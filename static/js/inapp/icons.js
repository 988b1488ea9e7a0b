// If a custom icon does not load, shows the bell beside it instead of a broken picture.

function standIn(picture) {
  picture.hidden = true;
  picture.nextElementSibling.removeAttribute("hidden"); // an SVG has no such property
}

export function watchIcons() {
  const isIcon = (element) => element.matches?.("img[data-icon]");
  document.addEventListener("error", (event) => isIcon(event.target) && standIn(event.target), true);
  for (const picture of document.querySelectorAll("img[data-icon]")) {
    if (picture.complete && !picture.naturalWidth) {
      standIn(picture); // it failed before this script ran
    }
  }
}
