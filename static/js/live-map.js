// Draws the live map of a visit with Leaflet: where the technician was last, the way that is left, the place.
// js/visit.js asks the server and tells what it said as the event "live"; null means that nothing may be shown.
(function () {
  "use strict";

  const STALE = 120;
  const TICK = 5000;
  // More than this, in metres, is worth a circle around the technician.
  const INEXACT = 40;
  const ROOM = [44, 44];
  const CLOSEST = 16;
  const KM_PER_DEGREE = 111.195;
  const KM_PER_MILE = 1.609344;
  const HINT_FOR = 2000;
  const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const news = document.querySelector("[data-news]");
  let map = null;
  let box = null;
  let drawn = {};
  let wholeWay = null;
  let isMovedByReader = false;
  let isMovedByUs = false;
  let seenAt = 0;
  let ticking = 0;
  let toldDistance = "";

  function part(name) {
    return document.querySelector("[data-" + name + "]");
  }

  // --- The frame ------------------------------------------------------------------------------------------------

  function open(found) {
    close();
    box = found;
    const isTouch = matchMedia("(pointer: coarse)").matches;
    map = L.map(box, {
      attributionControl: false, // below the map, as text of the page
      zoomControl: false,
      scrollWheelZoom: false, // scrolling goes on through the page
      dragging: !isTouch, // one finger scrolls, two fingers zoom
      inertia: false,
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
    });
    L.control
      .zoom({
        position: document.documentElement.dir === "rtl" ? "topright" : "topleft",
        zoomInTitle: box.dataset.in,
        zoomOutTitle: box.dataset.out,
      })
      .addTo(map);
    L.control.scale({ metric: box.dataset.unit === "km", imperial: box.dataset.unit !== "km" }).addTo(map);
    if (box.dataset.tiles) {
      // The tiles' server may know which site asks, and never which page.
      L.tileLayer(box.dataset.tiles, { maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
    }
    if (isTouch) {
      hintAtTwoFingers(box);
    }
    map.on("movestart zoomstart", function () {
      if (!isMovedByUs) {
        isMovedByReader = true;
        part("whole").hidden = false;
      }
    });
    ticking = setInterval(tick, TICK);
  }

  // Who tries to move the map with one finger learns that it takes two.
  function hintAtTwoFingers(frame) {
    const hint = document.createElement("p");
    hint.className = "live-hint";
    hint.textContent = frame.dataset.two;
    hint.hidden = true;
    hint.setAttribute("aria-hidden", "true");
    frame.append(hint);
    let goes = 0;
    frame.addEventListener(
      "touchmove",
      function (event) {
        hint.hidden = event.touches.length > 1;
        clearTimeout(goes);
        goes = setTimeout(function () { hint.hidden = true; }, HINT_FOR);
      },
      { passive: true },
    );
  }

  function close() {
    clearInterval(ticking);
    if (map) {
      map.remove();
    }
    map = box = null;
    drawn = {};
    isMovedByReader = false;
    toldDistance = "";
  }

  // --- What is on it --------------------------------------------------------------------------------------------

  function icon(name, size, anchor, content) {
    return L.divIcon({ className: name, html: content, iconSize: size, iconAnchor: anchor });
  }

  function contentOf(name) {
    return part(name).content.firstElementChild.cloneNode(true);
  }

  // The face as the page shows it: a picture, initials, or a figure, as the settings say.
  function face() {
    const shown = document.querySelector(".technician .technician-face");
    const copy = shown ? shown.cloneNode(true) : contentOf("face");
    if (copy.tagName === "IMG") {
      copy.alt = "";
    }
    return copy;
  }

  function put(name, isThere, make, change) {
    if (!isThere) {
      if (drawn[name]) {
        drawn[name].remove();
        delete drawn[name];
      }
    } else if (drawn[name]) {
      change(drawn[name]);
    } else {
      drawn[name] = make().addTo(map);
    }
  }

  function mark(name, at, made) {
    put(
      name,
      at,
      function () {
        return L.marker(at, { icon: made(), interactive: false, keyboard: false, zIndexOffset: name === "who" ? 1000 : 0 });
      },
      function (marker) {
        marker.setLatLng(at);
      },
    );
  }

  // What lies behind the technician is not drawn; between two ways of the server that is ours to see to.
  function ahead(line, at) {
    if (!line || !line.length) {
      return [];
    }
    let nearest = 0;
    let least = Infinity;
    line.forEach(function (point, number) {
      const far = map.distance(point, at);
      if (far < least) {
        least = far;
        nearest = number;
      }
    });
    return [at].concat(line.slice(nearest + 1));
  }

  function drawAll(said) {
    const position = said.position;
    const way = ahead(said.line, position.at);
    const isInexact = position.about || position.accuracy > INEXACT;
    const style = { interactive: false, keyboard: false };
    put(
      "line",
      way.length > 1,
      function () {
        return L.polyline(way, Object.assign({ className: "live-line" }, style));
      },
      function (line) {
        line.setLatLngs(way);
      },
    );
    const crow = way.length > 1 || !said.destination ? [] : [position.at, said.destination];
    put(
      "crow",
      crow.length > 1,
      function () {
        return L.polyline(crow, Object.assign({ className: "live-crow" }, style));
      },
      function (line) {
        line.setLatLngs(crow);
      },
    );
    if (!box.dataset.tiles && said.destination) {
      drawRings(L.latLng(said.destination), L.latLng(position.at));
    }
    put(
      "around",
      isInexact,
      function () {
        return L.circle(position.at, Object.assign({ className: "live-around", radius: position.accuracy }, style));
      },
      function (circle) {
        circle.setLatLng(position.at).setRadius(position.accuracy);
      },
    );
    mark("goal", said.destination, function () {
      return icon("live-goal", [40, 40], [20, 35], contentOf("goal"));
    });
    mark("who", position.at, function () {
      return icon("live-who", [48, 48], [24, 24], face());
    });
    const points = [position.at].concat(said.destination ? [said.destination] : [], way);
    look(L.latLngBounds(points));
  }

  // Without streets, rings around the place say how far it is. Their words stand where the technician comes from.
  function drawRings(goal, at) {
    const unit = box.dataset.unit === "km" ? 1 : KM_PER_MILE;
    const far = goal.distanceTo(at) / 1000 / unit;
    const step = niceStep(far / 2);
    const words = new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit",
      unit: unit === 1 ? "kilometer" : "mile",
    });
    const narrower = Math.cos((goal.lat * Math.PI) / 180);
    const towards = Math.atan2((at.lng - goal.lng) * narrower, at.lat - goal.lat) + 0.6;
    const parts = [];
    for (let number = 1; number <= Math.max(1, Math.ceil(far / step)); number += 1) {
      const km = number * step * unit;
      const degrees = km / KM_PER_DEGREE;
      const edge = [goal.lat + degrees * Math.cos(towards), goal.lng + (degrees * Math.sin(towards)) / narrower];
      const said = document.createElement("span");
      said.textContent = words.format(number * step);
      parts.push(
        L.circle(goal, { className: "live-ring", radius: 1000 * km, interactive: false }),
        L.marker(edge, { icon: icon("live-ring-words", null, null, said), interactive: false, keyboard: false }),
      );
    }
    if (drawn.rings) {
      drawn.rings.remove();
    }
    drawn.rings = L.layerGroup(parts).addTo(map);
  }

  // 0.1, 0.2, 0.5, 1, 2, 5, … : the largest of them that is not more.
  function niceStep(most) {
    const ten = Math.pow(10, Math.floor(Math.log10(Math.max(most, 0.1))));
    const times = [5, 2, 1].find(function (one) { return one * ten <= most; }) || 1;
    return Number((times * ten).toPrecision(1));
  }

  // Calm: the map moves only when the technician leaves it, or when it can show all of it much closer.
  function look(bounds) {
    wholeWay = bounds;
    if (isMovedByReader) {
      return;
    }
    const isNew = !map._loaded;
    if (isNew || !map.getBounds().contains(bounds) || closest(bounds) >= map.getZoom() + 1) {
      fit();
    }
  }

  function closest(bounds) {
    return Math.min(map.getBoundsZoom(bounds, false, L.point(ROOM).multiplyBy(2)), CLOSEST);
  }

  function fit() {
    isMovedByUs = true;
    map.fitBounds(wholeWay, { padding: ROOM, maxZoom: CLOSEST, animate: false });
    isMovedByUs = false;
  }

  // --- Words ----------------------------------------------------------------------------------------------------

  function tick() {
    const seen = part("seen");
    if (!seen) {
      return;
    }
    const age = Math.max(0, (Date.now() - seenAt) / 1000);
    seen.textContent = age < 60 ? ago.format(-Math.max(5, 5 * Math.round(age / 5)), "second") : ago.format(-Math.floor(age / 60), "minute");
    const old = part("old");
    if (old.hidden === age > STALE) {
      old.hidden = age <= STALE;
      if (age > STALE) {
        news.textContent = old.textContent.trim();
      }
    }
    box.classList.toggle("live-is-old", age > STALE);
  }

  function say(said) {
    seenAt = Date.now() - 1000 * said.age;
    part("distance").textContent = said.distance;
    // Read out when it is another one, not every fifteen seconds, and not over a new sentence about the visit.
    if (toldDistance && said.distance && said.distance !== toldDistance && !said.isNewPage) {
      news.textContent = said.distance;
    }
    toldDistance = said.distance || toldDistance;
    part("whole").hidden = !isMovedByReader;
    tick();
  }

  document.addEventListener("live", function (event) {
    const found = part("map");
    const said = event.detail;
    if (!found || !said || !said.position) {
      close();
      return;
    }
    if (found !== box) {
      open(found);
    }
    drawAll(said);
    say(said);
  });

  document.addEventListener("click", function (event) {
    if (map && event.target.closest("[data-whole]")) {
      isMovedByReader = false;
      fit();
      part("whole").hidden = true;
      box.focus({ preventScroll: true });
    }
  });
})();
