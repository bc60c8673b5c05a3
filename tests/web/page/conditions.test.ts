// The page where it is not on a desk: without a connection, on a phone, with a camera, read out by a
// screen reader.

/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import type axe from "axe-core";
import type { BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { type Stroke, writeDigit } from "../../../lib/data/strokes.ts";
import { Random } from "../../../lib/random.ts";
import { chromium, withBrowser } from "../../browser.ts";
import { testWith } from "../../parts.ts";
import { draw, hostPage, openPage, reading } from "./site.ts";
import { finished, openTraining, start } from "./training/actions.ts";

const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 3,
  hasTouch: true,
  isMobile: true,
};
const CENTRE = { x: 0.5, y: 0.375, height: 0.45 };

testWith("browser", chromium !== undefined, "the page works without a connection", async () => {
  const host = await hostPage();
  await withBrowser(async (browser) => {
    await using opened = await openPage(browser, host.url);
    const { page } = opened;
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active!.state === "activated") return;
      await new Promise((done) => active!.addEventListener("statechange", done, { once: true }));
    });
    await host[Symbol.asyncDispose]();
    assertEquals(opened.problems, []);

    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await draw(page, writeDigit(new Random(4), 3, 6), CENTRE);
    assertEquals(await reading(page), "3");
    // Neither was loaded before.
    await page.locator("#model").selectOption("dense");
    await page.locator("#model:enabled").waitFor();
    assertEquals(await reading(page), "3");
    const file = new URL("../../../images/phone.jpg", import.meta.url);
    await page.locator("#file").setInputFiles(file.pathname);
    assertEquals(await reading(page), "4");
    const training = await openTraining(page);
    await start(training);
    await finished(training);
    assert(await page.locator("#problem").isHidden());
  });
});

testWith(
  "browser",
  chromium !== undefined,
  "the page can be drawn on while its model loads",
  async () => {
    await using host = await hostPage();
    await withBrowser(async (browser) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const { promise: drawn, resolve } = Promise.withResolvers<void>();
      await page.route("**/best/weights.bin", async (route) => {
        await drawn;
        await route.continue();
      });
      await page.goto(host.url);
      await page.locator("#verdict", { hasText: "Loading the model" }).waitFor();
      await draw(page, writeDigit(new Random(4), 3, 6), CENTRE);
      assert(await page.locator("#problem").isHidden());
      resolve();
      await page.waitForSelector("html[data-ready]");
      assertEquals(await reading(page), "3");
      await context.close();
    });
  },
);

testWith("browser", chromium !== undefined, "the page is drawn on with a finger", async () => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    await using opened = await openPage(browser, host.url, PHONE);
    const { page } = opened;
    const session = await page.context().newCDPSession(page);
    await touch(page, session, writeDigit(new Random(1), 8, 6));
    assertEquals(await reading(page), "8");
    assertEquals(await page.evaluate(() => scrollY), 0); // the finger draws, and does not scroll
    // Device pixels, not those of CSS.
    const { width } = (await page.locator("#surface").boundingBox())!;
    const pixels = await page.locator("#surface").evaluate((it) => (it as HTMLCanvasElement).width);
    assert(Math.abs(pixels - 3 * width) <= 2, `${pixels} pixels for ${width}`);

    await page.locator("#reading").scrollIntoViewIfNeeded();
    for (const panel of await page.locator("details.panel").all()) {
      await panel.locator("summary").first().click();
    }
    await page.waitForTimeout(300);
    assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, select, summary")]
        .filter((it) => it.checkVisibility())
        .map((it) => ({ name: it.textContent, height: it.getBoundingClientRect().height }))
        .filter(({ height }) => height < 40)
    );
    assertEquals(small, []);
    assertEquals(opened.problems, []);
  });
});

testWith("browser", chromium !== undefined, "the page takes pictures from the camera", async () => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    const permissions = ["camera"];
    await using opened = await openPage(browser, host.url, { permissions });
    const { page } = opened;
    await page.locator("#camera").click();
    await page.locator("#shutter:enabled").waitFor();
    await page.locator("#shutter").click();
    await page.locator("#stage:not([data-empty])").waitFor();
    await reading(page);
    assertMatch(await page.locator("#verdict").innerText(), /./);
    assert(await page.locator("#camera-dialog").isHidden());
    assertEquals(opened.problems, []);
  }, ["--use-fake-device-for-media-stream"]);
});

testWith("browser", chromium !== undefined, "the page says why there is no camera", async () => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    await using opened = await openPage(browser, host.url);
    const { page } = opened;
    await page.locator("#camera").click();
    await page.locator("#camera-problem", { hasText: "The camera cannot be used" }).waitFor();
    await page.locator("#camera-close").click();
    assert(await page.locator("#camera-dialog").isHidden());
    assertEquals(opened.problems, []);
  });
});

testWith("browser", chromium !== undefined, "the page is accessible", async (t) => {
  const source = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const [name, size] of Object.entries({ phone: PHONE, desktop: {} })) {
        await t.step(`${colorScheme}, on a ${name}`, async () => {
          await using opened = await openPage(browser, host.url, { ...size, colorScheme });
          const { page } = opened;
          await draw(page, writeDigit(new Random(1), 4, 6), CENTRE);
          await reading(page);
          for (const panel of await page.locator("details.panel").all()) {
            await panel.locator("summary").first().click();
          }
          await page.waitForTimeout(1000);
          const { violations }: axe.AxeResults = await page.evaluate(`${source}; axe.run()`);
          const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
          assertEquals(found, []);
        });
      }
    }
  });
});

/** Draws with a finger: real touches, which scroll and zoom a page that does not take them. */
async function touch(page: Page, session: CDPSession, strokes: readonly Stroke[]): Promise<void> {
  const surface = (await page.locator("#surface").boundingBox())!;
  for (const { x, y } of strokes) {
    for (let i = 0; i < x.length; i++) {
      await session.send("Input.dispatchTouchEvent", {
        type: i === 0 ? "touchStart" : "touchMove",
        touchPoints: [{
          x: surface.x + surface.width * (CENTRE.x + CENTRE.height * x[i]),
          y: surface.y + surface.width * (CENTRE.y + CENTRE.height * y[i]),
        }],
      });
    }
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }
}
