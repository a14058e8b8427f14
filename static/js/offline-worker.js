/* The helper for a lost network, for the pages below its own address only. The network always goes
   first; the last seen copy of a page comes when it is gone, marked with its time. Copies belong to
   one person: the next person's page, and signing out, throw them away. */
"use strict";

const HOME = self.location.pathname.replace(/[^/]*$/, "");
const NAME = "jinjian-" + HOME.replace(/\//g, "");
const PAGES = NAME + "-pages";
const FILES = NAME + "-files";
const MOST_FILES = 80;
const PATIENCE = 15000;
const MARK = 'data-copy=""';

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

function isPage(url) {
  return url.origin === self.location.origin && url.pathname.startsWith(HOME)
    && /^(\d+\/)?$/.test(url.pathname.slice(HOME.length));
}

function isFile(url) {
  return url.origin === self.location.origin && url.pathname.startsWith("/static/");
}

async function keepPage(url, answer) {
  const person = answer.headers.get("X-Jinjian-Person");
  if (!answer.ok || answer.redirected || !person) return;
  const pages = await self.caches.open(PAGES);
  for (const request of await pages.keys()) {
    const other = await pages.match(request);
    if (other && other.headers.get("X-Jinjian-Person") !== person) await pages.delete(request);
  }
  const headers = { "Content-Type": "text/html; charset=utf-8", "X-Jinjian-Person": person,
    "X-Jinjian-Seen": new Date().toISOString(),
    // The copy keeps the page's own content policy.
    "Content-Security-Policy": answer.headers.get("Content-Security-Policy") || "default-src 'self'" };
  await pages.put(url.pathname, new Response(await answer.text(), { headers: headers }));
}

async function copyOf(url) {
  const pages = await self.caches.open(PAGES);
  const copy = await pages.match(url.pathname);
  if (!copy) return null;
  const seen = copy.headers.get("X-Jinjian-Seen");
  const text = (await copy.text()).replace(MARK, 'data-copy="' + seen + '"');
  return new Response(text, { headers: copy.headers });
}

async function page(request) {
  const url = new URL(request.url);
  const stop = new AbortController();
  const limit = setTimeout(function () { stop.abort(); }, PATIENCE);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    // Led to the sign-in page: whoever was here is gone, and so are their copies.
    if (answer.type === "opaqueredirect" || answer.status === 401) await self.caches.delete(PAGES);
    else if (answer.status >= 500) return (await copyOf(url)) || answer;
    else await keepPage(url, answer.clone());
    return answer;
  } catch (problem) {
    return (await copyOf(url)) || Response.error();
  } finally {
    clearTimeout(limit);
  }
}

async function file(request) {
  const files = await self.caches.open(FILES);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await files.put(request, answer.clone());
      // Every release has files of its own; the oldest make room.
      const kept = await files.keys();
      for (const old of kept.slice(0, Math.max(0, kept.length - MOST_FILES))) await files.delete(old);
    }
    return answer;
  } catch (problem) {
    return (await files.match(request, { ignoreVary: true })) || Response.error();
  }
}

self.addEventListener("fetch", function (event) {
  if (event.request.method !== "GET") return;
  const url = new URL(event.request.url);
  if (event.request.mode === "navigate" && isPage(url)) event.respondWith(page(event.request));
  else if (isFile(url)) event.respondWith(file(event.request));
});

self.addEventListener("message", function (event) {
  if (!event.data || !event.data.keep) return;
  const url = new URL(event.data.keep, self.location.origin);
  if (!isPage(url)) return;
  event.waitUntil((async function () {
    const answer = await fetch(url.href, { credentials: "same-origin" });
    await keepPage(url, answer);
    const files = await self.caches.open(FILES);
    for (const name of event.data.files || []) {
      if (isFile(new URL(name))) await files.add(name).catch(function () {});
    }
  })().catch(function () { /* next time */ }));
});
