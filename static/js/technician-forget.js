// On the sign-in page: who was signed in here is not any more, so the page that a technician's worker kept goes. Taps
// that were not sent stay: service and time of a visit, nothing of a customer; they go when their user is back.
async function forget() {
  for (const name of await caches.keys()) {
    if (name.startsWith("technician-")) {
      await caches.delete(name);
    }
  }
}

// Over plain HTTP there are no caches.
if (window.caches) {
  forget().catch(() => {});
}
