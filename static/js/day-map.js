// Draws the map of the day with Leaflet above the list, and asks for both anew every 15 seconds while somebody looks.
// Without this script the list says everything, and the page loads itself anew every minute.
(function () {
  "use strict";

  const EVERY = 15000;
  const ANSWER_WITHIN = 10000;
  const CLOSE = 14;
  const ROOM = [40, 40];
  // So many kilometres around somebody is where they work; of those who are farther away the page says that they are.
  const AROUND = 100;
  const KM_PER_DEGREE = 111.195;
  const TRIED = 300;
  const frame = document.querySelector("[data-day-map]");
  if (!frame || !window.L) {
    return;
  }
  const words = frame.dataset;
  const box = frame.querySelector("[data-box]");
  const list = document.querySelector("[data-list]");
  const news = frame.querySelector("[data-news]");
  const trouble = frame.querySelector("[data-trouble]");
  const far = frame.querySelector("p[data-far]");
  const drawn = new Map();
  let whole = null;
  let most = null;
  let showsWhole = false;
  let isMovedByReader = false;
  let isMovedByUs = false;
  let timer = 0;
  let busy = false;

  // --- The frame ------------------------------------------------------------------------------------------------

  frame.hidden = false;
  const map = L.map(box, {
    attributionControl: false, // below the map, as text of the page
    zoomControl: false,
    scrollWheelZoom: false, // scrolling goes on through the page
    dragging: !matchMedia("(pointer: coarse)").matches, // one finger scrolls, two fingers zoom
    inertia: false,
    zoomAnimation: false,
    fadeAnimation: false,
    markerZoomAnimation: false,
  });
  L.control.zoom({ zoomInTitle: words.in, zoomOutTitle: words.out }).addTo(map);
  L.control.scale().addTo(map);
  if (words.tiles) {
    // The tiles' server may know which site asks, and never which page.
    L.tileLayer(words.tiles, { maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
  }
  map.on("movestart zoomstart", function () {
    isMovedByReader = isMovedByReader || !isMovedByUs;
  });
  map.on("zoomend", function () {
    box.classList.toggle("day-map-far", map.getZoom() < 11);
  });

  function moved(how) {
    isMovedByUs = true;
    how();
    isMovedByUs = false;
  }

  function fit() {
    moved(function () {
      map.fitBounds(showsWhole ? whole : most, { padding: ROOM, maxZoom: CLOSE, animate: false });
    });
  }

  function showAll() {
    isMovedByReader = false;
    showsWhole = true;
    far.hidden = true;
    if (whole) {
      fit();
    }
  }

  function isNear(a, b) {
    const north = (a[0] - b[0]) * KM_PER_DEGREE;
    const east = (a[1] - b[1]) * KM_PER_DEGREE * Math.cos((a[0] * Math.PI) / 180);
    return north * north + east * east < AROUND * AROUND;
  }

  // The points around the one that has most of them around it: a company in three countries opens on its busiest.
  function busiest(points) {
    const step = Math.ceil(points.length / TRIED);
    let found = points;
    let count = 0;
    for (let number = 0; number < points.length; number += step) {
      const near = points.filter(function (point) { return isNear(points[number], point); });
      if (near.length > count) {
        found = near;
        count = near.length;
      }
    }
    return found;
  }

  function sayFar(number) {
    far.hidden = showsWhole || !number;
    far.textContent = number === 1 ? words.farOne : words.far.replace("#", number);
  }

  // --- What is on it --------------------------------------------------------------------------------------------

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function faceOf(one) {
    const face = element("span", "day-who day-tone-" + one.tone, one.initials);
    face.classList.toggle("day-late", one.late);
    face.classList.toggle("day-stale", one.stale);
    face.append(element("span", "day-word", one.state));
    return face;
  }

  function sayingOf(one) {
    const saying = element("div", "day-saying", "");
    const link = element("a", "", words.toList);
    link.href = "#technician-" + one.id;
    saying.append(element("strong", "", one.name), element("p", "", one.state), element("p", "", one.seen));
    if (one.arrival) {
      saying.append(element("p", "", one.arrival));
    }
    saying.append(link);
    return saying;
  }

  // What is there already is moved, not made anew: what the reader has opened stays open.
  function put(key, seen, at, make, change) {
    seen.add(key);
    let layer = drawn.get(key);
    if (!layer) {
      layer = make().addTo(map);
      drawn.set(key, layer);
    }
    change(layer);
    return layer;
  }

  function marker(options) {
    // Reached from the list, not one by one with the tab key: there may be hundreds.
    // With a look from the start: Leaflet's own would be asked of the server as marker-icon.png, which is nowhere.
    return L.marker([0, 0], Object.assign({ keyboard: false, icon: L.divIcon({ className: "day-marker" }) }, options));
  }

  function putTechnician(one, seen) {
    const layer = put(
      "who " + one.id,
      seen,
      one.at,
      function () {
        return marker({ zIndexOffset: 1000 }).bindPopup("", { autoPan: false });
      },
      function (who) {
        who.setLatLng(one.at);
        const look = JSON.stringify([one.tone, one.state, one.initials, one.stale]);
        if (who.look !== look) {
          who.look = look;
          who.setIcon(L.divIcon({ className: "day-marker", html: faceOf(one), iconSize: [40, 40], popupAnchor: [0, -18] }));
        }
        who.setPopupContent(sayingOf(one));
      },
    );
    const shown = layer.getElement();
    shown.setAttribute("role", "img");
    shown.setAttribute("aria-label", one.name + ": " + one.state);
  }

  function putVisit(visit, seen) {
    const layer = put(
      "visit " + visit.id,
      seen,
      visit.at,
      function () {
        const html = element("span", "day-goal", visit.time);
        return marker({ interactive: true, icon: L.divIcon({ className: "day-marker", html, iconSize: [52, 24] }) });
      },
      function (goal) {
        goal.setLatLng(visit.at);
        goal.getElement().querySelector(".day-goal").textContent = visit.time;
      },
    );
    const shown = layer.getElement();
    shown.setAttribute("role", "img");
    shown.setAttribute("aria-label", visit.time + ", " + visit.name);
    shown.title = visit.name;
  }

  // What lies behind the technician is not drawn.
  function ahead(line, at) {
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

  // Where no way is known, a straight line says where to.
  function putLine(one, seen) {
    const isKnown = one.line.length > 1;
    if (!isKnown && !one.to) {
      return;
    }
    put(
      (isKnown ? "line " : "crow ") + one.id,
      seen,
      one.at,
      function () {
        return L.polyline([], { className: isKnown ? "day-line" : "day-crow", interactive: false });
      },
      function (line) {
        line.setLatLngs(isKnown ? ahead(one.line, one.at) : [one.at, one.to]);
        line.getElement().classList.toggle("day-line-late", one.late);
      },
    );
  }

  function draw(said) {
    const seen = new Set();
    const points = said.technicians.concat(said.visits).map(function (one) {
      return one.at;
    });
    const isFirst = !whole;
    const near = busiest(points);
    whole = points.length ? L.latLngBounds(points) : null;
    most = points.length ? L.latLngBounds(near) : null;
    sayFar(points.length - near.length);
    if (whole && (isFirst || (!isMovedByReader && !map.getBounds().contains(showsWhole ? whole : most)))) {
      fit(); // before anything is drawn: Leaflet needs a view
    }
    if (whole) {
      said.visits.forEach(function (visit) {
        putVisit(visit, seen);
      });
      said.technicians.forEach(function (one) {
        putLine(one, seen);
        putTechnician(one, seen);
      });
    }
    drawn.forEach(function (layer, key) {
      if (!seen.has(key)) {
        layer.remove();
        drawn.delete(key);
      }
    });
  }

  // --- The list -------------------------------------------------------------------------------------------------

  function offer() {
    list.querySelectorAll("[data-show]").forEach(function (button) {
      button.hidden = !drawn.has("who " + button.dataset.show);
    });
  }

  // What is under the reader's finger stays where it is: focus goes back to the same link, button or technician.
  function swap(html) {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const card = focused && focused.closest("[data-technician]");
    const isCard = focused === card;
    const same = focused && focused.dataset.show ? "[data-show]" : focused && focused.href ? `a[href="${focused.getAttribute("href")}"]` : "";
    list.innerHTML = html;
    const again = card && document.getElementById(card.id);
    if (again) {
      offer();
      ((!isCard && same && again.querySelector(same)) || again).focus({ preventScroll: true });
    }
  }

  list.addEventListener("click", function (event) {
    const button = event.target.closest("[data-show]");
    const who = button && drawn.get("who " + button.dataset.show);
    if (!who) {
      return;
    }
    isMovedByReader = true;
    map.setView(who.getLatLng(), Math.max(map.getZoom(), CLOSE), { animate: false });
    who.openPopup();
    box.focus({ preventScroll: true });
    frame.scrollIntoView({ block: "start" });
    news.textContent = button.closest("[data-technician]").querySelector("h2").textContent + " " + words.shown;
  });

  frame.querySelector("[data-all]").addEventListener("click", showAll);
  map.on("popupopen", function (event) {
    const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    close.setAttribute("aria-label", words.close);
  });

  // --- Following ------------------------------------------------------------------------------------------------

  async function ask(address) {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN) });
    if (answer.redirected || answer.status === 403) {
      location.reload(); // the session or the right has ended meanwhile: show what the server says
      return;
    }
    if (!answer.ok) {
      throw new Error("a server that is being restarted");
    }
    const said = await answer.json();
    draw(said);
    swap(said.list);
    offer();
    trouble.hidden = true;
  }

  async function look() {
    if (busy || document.hidden) {
      return;
    }
    busy = true;
    try {
      await ask(words.now);
    } catch (error) {
      trouble.hidden = false;
    } finally {
      busy = false;
    }
    clearTimeout(timer);
    timer = setTimeout(look, EVERY);
  }

  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  look();
})();
