// Keeps the empty page and the door on the phone, so that the chat opens without a line. No
// answer and no message is ever kept here: only the addresses below, which are nobody's.
"use strict";
const NAME = "thonmoi-{version}";
const SHELL = "/c/shell", DOOR = "/c/";
const CHAT = /^\/c\/[A-Za-z0-9_-]{43}\/?$/;

self.addEventListener("install", (event) => {
  const fresh = (address) => new Request(address, { cache: "reload", credentials: "omit" });
  event.waitUntil(
    caches.open(NAME).then((cache) => cache.addAll([fresh(SHELL), fresh(DOOR)])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith("thonmoi-") && name !== NAME).map((name) => caches.delete(name)),
  )));
});

const kept = (address) => caches.open(NAME).then((cache) => cache.match(address));

self.addEventListener("fetch", (event) => {
  const request = event.request, address = new URL(request.url);
  if (request.mode !== "navigate" || request.method !== "GET" || address.origin !== location.origin) return;
  if (CHAT.test(address.pathname)) {
    event.respondWith(kept(SHELL).then((page) => page || fetch(request)));
  } else if (address.pathname === DOOR) {
    event.respondWith(fetch(request).catch(() => kept(DOOR).then((page) => page || Response.error())));
  }
});
