// Shared by the live map and the map of the day. Uses Leaflet, whose own script makes it the global L.

const KM_PER_DEGREE = 111.195;
const KM_PER_MILE = 1.609344;

export const isTouch = matchMedia("(pointer: coarse)").matches;

// `tiles` is the address of a tile server, or empty.
export function mapIn(box, { zoomIn, zoomOut, tiles, units }) {
  const map = L.map(box, {
    attributionControl: false, // below the map, as text of the page
    zoomControl: false,
    scrollWheelZoom: false, // scrolling goes on through the page
    dragging: !isTouch, // one finger scrolls, two fingers zoom
    inertia: false,
    zoomAnimation: false,
    fadeAnimation: false,
    markerZoomAnimation: false,
  });
  const position = document.documentElement.dir === "rtl" ? "topright" : "topleft";
  L.control.zoom({ position, zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  L.control.scale(units).addTo(map);
  if (tiles) {
    // The tile server may learn which site asks, but not which page.
    L.tileLayer(tiles, { maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
  }
  return map;
}

// Tells the reader's moves of a map from ours, which go through `move`.
export function watchReader(map, onReader) {
  let isOurs = false;
  map.on("movestart zoomstart", () => {
    if (!isOurs) {
      onReader();
    }
  });
  return function move(how) {
    isOurs = true;
    how();
    isOurs = false;
  };
}

// Cuts off the part of the route behind the technician, who moves on between two routes from the server.
export function ahead(map, line, at) {
  if (!line?.length) {
    return [];
  }
  let nearest = 0;
  let least = Infinity;
  line.forEach((point, number) => {
    const far = map.distance(point, at);
    if (far < least) {
      least = far;
      nearest = number;
    }
  });
  return [at, ...line.slice(nearest + 1)];
}

// The place at a distance in kilometres from another ([latitude, longitude]); the direction is in radians from north.
export function placeFrom([latitude, longitude], km, direction) {
  const degrees = km / KM_PER_DEGREE;
  return [latitude + degrees * Math.cos(direction), longitude + (degrees * Math.sin(direction)) / narrowing(latitude)];
}

// The kilometres to the north and to the east from one place to another one nearby.
export function between(a, b) {
  return [(a[0] - b[0]) * KM_PER_DEGREE, (a[1] - b[1]) * KM_PER_DEGREE * narrowing(b[0])];
}

// How much shorter a degree to the east is than one to the north.
function narrowing(latitude) {
  return Math.cos((latitude * Math.PI) / 180);
}

// Rings around a place with their distances, as far as a number of kilometres: they stand in for streets where no tiles
// are configured. `unit` is "km" or miles; the distances are written in a direction, in radians from north.
export function ringsAround(centre, farKm, unit, direction) {
  const isMetric = unit === "km";
  const km = isMetric ? 1 : KM_PER_MILE;
  const step = niceStep(farKm / km / 2);
  const words = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: isMetric ? "kilometer" : "mile" });
  const parts = [];
  for (let number = 1; number <= Math.max(1, Math.ceil(farKm / km / step)); number += 1) {
    const said = document.createElement("span");
    said.textContent = words.format(number * step);
    const icon = L.divIcon({ className: "map-ring-words", html: said });
    parts.push(
      L.circle(centre, { className: "map-ring", radius: 1000 * number * step * km, interactive: false }),
      L.marker(placeFrom(centre, number * step * km, direction), { icon, interactive: false, keyboard: false }),
    );
  }
  return L.layerGroup(parts);
}

// Rounds down to the nearest of 0.1, 0.2, 0.5, 1, 2, 5, …
function niceStep(most) {
  const ten = Math.pow(10, Math.floor(Math.log10(Math.max(most, 0.1))));
  const times = [5, 2, 1].find((one) => one * ten <= most) || 1;
  return Number((times * ten).toPrecision(1));
}
