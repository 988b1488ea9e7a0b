// On the sign-in page: deletes the page that the service worker kept, because its user has signed out. Unsent taps stay:
// they hold service and time of a visit, nothing about a customer, and are sent once their user is back.
async function forget() {
  for (const name of await caches.keys()) {
    if (name.startsWith("technician-")) {
      await caches.delete(name);
    }
  }
}

// Browsers have no caches over plain HTTP.
if (window.caches) {
  forget().catch(() => {});
}
