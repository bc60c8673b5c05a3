// The page's service worker: keeps all of its files, so that it works without a connection.

/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & {
  /** Written before this by tools/build_page.ts. */
  readonly SITE: { version: string; files: readonly string[] };
};

const { version, files } = self.SITE;
/** Other pages of the same host have other folders. */
const PREFIX = `digits ${self.registration.scope} `;
const CACHE = PREFIX + version;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers());
});

self.addEventListener("fetch", (event) => {
  const { url, method } = event.request;
  const path = pathOf(url);
  if (method !== "GET" || path === undefined || !files.includes(path)) return;
  event.respondWith(answer(event.request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** From the network, so that a new page is seen at once; without one, as it was kept. */
async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(pathOf(request.url)!);
    if (kept) return kept;
    throw error;
  }
}

/** The name in the page's folder; undefined for what is not in it. */
function pathOf(url: string): string | undefined {
  const { origin, pathname } = new URL(url);
  const { scope } = self.registration;
  const place = origin + pathname;
  if (place.startsWith(scope)) return place.slice(scope.length) || "./";
}
