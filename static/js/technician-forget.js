// On the sign-in page: who was signed in here is not any more, so the page that a technician's worker kept goes. Taps
// that were not sent stay: service and time of a visit, nothing of a customer; they go when their user is back.
(function () {
  "use strict";

  if (!window.caches) {
    return;
  }
  caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.startsWith("technician-"); })
      .map(function (name) { return caches.delete(name); }));
  }).catch(function () {});
})();
