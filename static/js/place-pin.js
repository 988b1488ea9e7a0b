// A map with a pin for the coordinates of an address: dragged, or moved with the arrow keys, it writes them into the
// form's fields, which stay for whoever knows them. Without coordinates there is no map, as there is nothing to show.
import { mapIn } from "./map.js";

const STEP = 8; // pixels per key; ten times as far with Shift
const CLOSE = 17;
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const template = document.querySelector("template[data-place-pin]");
let pinned = null;

const fields = () => [document.getElementById("id_latitude"), document.getElementById("id_longitude")];
const point = () => {
  const [latitude, longitude] = fields().map((field) => (field?.value ? Number(field.value) : NaN));
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null;
};

const write = ({ lat, lng }) => {
  const [latitude, longitude] = fields();
  latitude.value = lat.toFixed(6);
  longitude.value = lng.toFixed(6);
  latitude.dispatchEvent(new Event("change", { bubbles: true }));
};

const open = (at) => {
  const [latitude] = fields();
  const frame = template.content.firstElementChild.cloneNode(true);
  const place = latitude.closest("[data-part], fieldset");
  place.after(frame);
  const { tiles, in: zoomIn, out: zoomOut, pin } = template.dataset;
  const map = mapIn(frame.querySelector(".place-map"), { zoomIn, zoomOut, tiles, units: { metric: true, imperial: true } });
  map.setView(at, CLOSE);
  const icon = L.divIcon({ className: "place-marker", iconSize: [28, 28], iconAnchor: [14, 14] });
  const marker = L.marker(at, { icon, draggable: true, keyboard: true, title: pin, alt: pin }).addTo(map);
  marker.on("dragend", () => write(marker.getLatLng()));
  marker.getElement().setAttribute("aria-label", pin);
  marker.getElement().addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? STEP * 10 : STEP;
    const next = map.latLngToContainerPoint(marker.getLatLng()).add([move[0] * far, move[1] * far]);
    marker.setLatLng(map.containerPointToLatLng(next));
    map.panInside(marker.getLatLng(), { padding: [40, 40], animate: false });
    write(marker.getLatLng());
  });
  return { frame, map, marker };
};

const show = () => {
  const at = point();
  if (pinned && (!at || !pinned.frame.isConnected)) {
    pinned.map.remove();
    pinned.frame.remove();
    pinned = null;
  }
  if (!at) return;
  if (!pinned) pinned = open(at);
  else if (!pinned.marker.getLatLng().equals(at, 1e-6)) {
    pinned.marker.setLatLng(at);
    pinned.map.setView(at);
  }
};

if (template && fields().every(Boolean)) {
  show();
  document.addEventListener("change", (event) => {
    if (fields().includes(event.target)) show();
  });
  document.addEventListener("place-may-have-changed", show);
}
