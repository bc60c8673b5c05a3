// The backend in a real browser, whose compiler of shaders is another than Deno's; its GPU is software.

import { assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../../parts.ts";
import { bundleForPage, chromium, serveSite, withBrowser } from "../../browser.ts";
import { assertNear, testWith } from "../../parts.ts";
import { openBackend } from "../backends.ts";
import { trainALittle } from "./page.ts";

const PAGE = "tests/backend/webgpu/page.ts";
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const NAME = "webgpu learns in a browser what simd learns in Deno";

testWith("browser", chromium !== undefined, NAME, async () => {
  await withFolder(async (site) => {
    await bundleForPage([PAGE], site);
    await using server = serveSite(site);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await withBrowser(async (browser) => {
      await using page = await browser.newPage();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(String(error)));
      await page.goto(origin);
      const found = await page.evaluate(async (url) => {
        const { trainOnGpu }: typeof import("./page.ts") = await import(url);
        return await trainOnGpu();
      }, `${origin}/page.js`);
      assertMatch(found.description, /^webgpu on .+/);
      assertEquals(problems, []);

      const expected = await trainALittle(await openBackend("simd", 1));
      for (const [i, gradient] of expected.gradients.entries()) {
        assertNear(found.gradients[i], gradient, 1e-4, `gradient ${i}`);
      }
      // Pictures are augmented in single precision on the GPU.
      assertNear(found.losses, expected.losses, 1e-4, "losses");
      assertNear(found.logits, expected.logits, 1e-3, "logits");
    }, WEBGPU);
  });
});
