// Shared by the live map and the map of the day. Uses Leaflet, whose own script makes it the global L.

const KM_PER_DEGREE = 111.195;

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
