// The simd backend in a real browser: with one thread where memory cannot be shared or the thread
// must not wait, which is so unless the page's host sends isolation headers; with threads where both
// is possible. Everything comes out as in Deno.

import { assertEquals } from "@std/assert";
import type { Page, Worker } from "playwright-core";
import { chooseBuild } from "../../../lib/backend/simd/module.ts";
import { bundleForPage, chromium, serveSite, withBrowser } from "../../browser.ts";
import { ROOT } from "../../commands.ts";
import { assertNear, testWith } from "../../parts.ts";
import { type Outcome, readAndTrain } from "./page.ts";

const PAGE = "tests/backend/simd/page.ts";

const PLACES = [
  { name: "a page", isolated: false, worker: false, threads: 1 },
  { name: "a page's worker", isolated: false, worker: true, threads: 1 },
  { name: "an isolated page", isolated: true, worker: false, threads: 1 },
  { name: "an isolated page's worker", isolated: true, worker: true, threads: 2 },
  { name: "a page without relaxed SIMD", isolated: false, worker: false, threads: 1, plain: true },
];
/** How many threads are asked for. */
const THREADS = 2;

/** What a page's host has to send for the page to have shared memory. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Between builds with and without multiply-add in one instruction, of the largest number. */
const TOLERANCE = 1e-5;

/** A page or a worker: what runs there. */
type Place = Pick<Worker, "evaluate">;

testWith("browser", chromium !== undefined, "simd works in a browser as in Deno", async (t) => {
  const site = await Deno.makeTempDir({ prefix: "digits-" });
  try {
    await bundleForPage([PAGE, "lib/backend/simd/worker.ts"], site);
    await Deno.writeTextFile(`${site}/empty.js`, "");
    await withBrowser(async (browser) => {
      for (const { name, isolated, worker, threads, plain = false } of PLACES) {
        await t.step(name, async () => {
          const requests: string[] = [];
          await using server = serveSite(site, { headers: isolated ? ISOLATION : {}, requests });
          const origin = `http://127.0.0.1:${server.addr.port}`;
          await using page = await browser.newPage();
          const problems: string[] = [];
          page.on("console", (message) => problems.push(message.text()));
          page.on("pageerror", (error) => problems.push(String(error)));
          page.on("requestfailed", (request) => problems.push(`no answer: ${request.url()}`));
          page.on("response", (response) => {
            if (!response.ok()) problems.push(`${response.status()}: ${response.url()}`);
          });
          if (plain) await page.addInitScript(hideRelaxedSimd);
          await page.goto(origin);
          const place: Place = worker ? await startWorker(page) : page;
          assertEquals(await place.evaluate("crossOriginIsolated"), isolated);

          const found = await readAndTrainIn(place, origin);
          assertEquals(found.description, `simd, ${threads} thread${threads > 1 ? "s" : ""}`);
          if (plain) assertEquals(found.features.relaxed, false);
          const { file } = chooseBuild({ ...found.features, shared: threads > 1 });
          const kernels = requests.filter((path) => path.endsWith(".wasm"));
          assertEquals(kernels, [`/lib/backend/simd/kernels/${file}`]);
          const expected = await readAndTrain(String(new URL("models/cnn/", ROOT)), threads);
          const tolerance = found.features.relaxed === expected.features.relaxed ? 0 : TOLERANCE;
          assertNear(found.logits, expected.logits, tolerance, "logits");
          // exp() and log() are the engines' own, which may differ in the last bit.
          assertNear(found.losses, expected.losses, TOLERANCE, "losses");
          assertEquals(problems, []);
        });
      }
    });
  } finally {
    await Deno.remove(site, { recursive: true });
  }
});

/** Run in a page, has it refuse modules with f32x4.relaxed_madd, as browsers before 2023 do. */
function hideRelaxedSimd(): void {
  const { validate } = WebAssembly;
  WebAssembly.validate = (module) =>
    !String(module).includes(String([0xfd, 0x85, 0x02])) && validate(module);
}

async function startWorker(page: Page): Promise<Worker> {
  const started = page.waitForEvent("worker");
  // The handle keeps the worker from being collected.
  await page.evaluateHandle(() => new Worker("/empty.js", { type: "module" }));
  return await started;
}

async function readAndTrainIn(place: Place, origin: string): Promise<Outcome> {
  return await place.evaluate(async ({ origin, threads }) => {
    const { readAndTrain }: typeof import("./page.ts") = await import(
      `${origin}/tests/backend/simd/page.js`
    );
    return await readAndTrain(`${origin}/models/cnn/`, threads);
  }, { origin, threads: THREADS });
}
