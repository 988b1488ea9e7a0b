// Keeps the technician's last page and its files, so that it opens without a connection. The network is tried
// first. Only what this page needs is kept, for one user, until a sign-in page or another user's page comes instead.
"use strict";

const PREFIX = "technician-";
const PAGE = new URL("./", self.registration.scope).pathname;
// Treat slower responses as offline.
const PATIENCE = 4000;

async function forget(but) {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== but) {
      await caches.delete(name);
    }
  }
}

async function store(answer) {
  const user = answer.headers.get("X-Technician");
  if (answer.ok && !answer.redirected && user) {
    await forget(PREFIX + user);
    await (await caches.open(PREFIX + user)).put(PAGE, answer.clone());
  } else if (answer.type === "opaqueredirect" || answer.redirected || [401, 403, 404].includes(answer.status)) {
    await forget();
  }
  return answer;
}

function kept(request) {
  return caches.match(request, { ignoreVary: true });
}

function after(time) {
  return new Promise(function (resolve) { setTimeout(resolve, time); });
}

// The page waits neither for its copy to be stored, nor for a cache that does not answer.
async function page(event) {
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then(function (answer) { return store(answer.clone()); }).catch(function () {}));
  let answer = null;
  try {
    answer = await Promise.race([fresh, after(PATIENCE)]);
  } catch (error) {
    // No connection.
  }
  if (answer && answer.status < 500) {
    return answer;
  }
  return (await Promise.race([kept(PAGE), after(PATIENCE)])) || fresh;
}

async function file(event) {
  try {
    return await fetch(event.request);
  } catch (error) {
    const last = await kept(event.request);
    if (!last) {
      throw error;
    }
    return last;
  }
}

self.addEventListener("fetch", function (event) {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) {
    return;
  }
  if (address.pathname === PAGE && !address.search) {
    event.respondWith(page(event));
  } else if (["style", "script", "image", "font"].includes(event.request.destination)) {
    event.respondWith(file(event));
  }
});

async function keep(user, files) {
  const name = PREFIX + user;
  await forget(name);
  const cache = await caches.open(name);
  const wanted = new Set(files);
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname !== PAGE && !wanted.has(request.url)) {
      await cache.delete(request);
    }
  }
  for (const address of wanted) {
    if (new URL(address).origin === location.origin && !(await cache.match(address))) {
      await cache.add(address).catch(function () {});
    }
  }
  if (!(await cache.match(PAGE))) {
    await store(await fetch(PAGE, { redirect: "manual" }));
  }
}

self.addEventListener("message", function (event) {
  event.waitUntil(keep(String(event.data.user), event.data.files));
});

self.addEventListener("install", function () {
  self.skipWaiting();
});

self.addEventListener("activate", function (event) {
  event.waitUntil(self.clients.claim());
});
