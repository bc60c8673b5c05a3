// MNIST's files as the page fetches them, from a mirror on this machine.

import { assertEquals, assertRejects } from "@std/assert";
import { MNIST, type Source } from "../../../../lib/data/sources.ts";
import { fetchDataset } from "../../../../lib/web/page/training/mirror.ts";
import { files, gzipped, PLAIN } from "../../../data/mirrors.ts";

const SOURCE: Source = { ...MNIST, files };

/** A mirror that has files by name. */
function serve(has: Record<string, Uint8Array<ArrayBuffer>>) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const name = new URL(url).pathname.slice(1);
    asked.push(name);
    return name in has ? new Response(has[name]) : new Response(null, { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    asked,
    [Symbol.asyncDispose]: async () => {
      await caches.delete("digits-data");
      await server.shutdown();
    },
  };
}

const GOOD = Object.fromEntries(
  Object.entries(files).map(([part, { name }]) => [
    `${name}.gz`,
    gzipped[part as keyof typeof gzipped],
  ]),
);
const FIRST = `${files.trainImages.name}.gz`;

Deno.test("fetchDataset() downloads and checks the files once, and tells how far it is", async () => {
  await using mirror = serve(GOOD);
  const told = new Map<string, [bytes: number, total?: number]>();
  const data = await fetchDataset(SOURCE, mirror.url, {
    onProgress: (file, bytes, total) => told.set(file, [bytes, total]),
  });
  assertEquals(data.train.images, PLAIN.trainImages.subarray(16));
  assertEquals(data.test.labels, PLAIN.testLabels.subarray(8));
  assertEquals([data.name, data.train.count, data.test.count], ["mnist", 100, 1]);
  const sizes = Object.entries(GOOD).map(([name, { length }]) => [name, [length, length]]);
  assertEquals(Object.fromEntries(told), Object.fromEntries(sizes));
  assertEquals(await fetchDataset(SOURCE, mirror.url), data);
  assertEquals(mirror.asked.toSorted(), Object.keys(GOOD).toSorted());
});

Deno.test("fetchDataset() says which file is not as it was published, and fetches it anew", async () => {
  const has = { ...GOOD, [FIRST]: gzipped.testImages };
  await using mirror = serve(has);
  await assertRejects(
    () => fetchDataset(SOURCE, mirror.url),
    Error,
    `${FIRST} from ${new URL(mirror.url).host} is not MNIST's: its SHA-256, decompressed, is `,
  );
  has[FIRST] = GOOD[FIRST];
  assertEquals((await fetchDataset(SOURCE, mirror.url)).train.count, 100);
});

Deno.test("fetchDataset() says which file cannot be had, and from where", async () => {
  const mirror = serve({});
  const { host } = new URL(mirror.url);
  await assertRejects(
    () => fetchDataset(SOURCE, mirror.url),
    Error,
    `Could not download ${FIRST} from ${host} (status 404). Is there a connection`,
  );
  await mirror[Symbol.asyncDispose]();
  await assertRejects(
    () => fetchDataset(SOURCE, mirror.url),
    Error,
    `Could not download ${FIRST} from ${host} (`,
  );
});
