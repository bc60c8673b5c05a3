// Draws on the page with a browser's mouse, and takes the pictures of it that the documentation
// shows.

import type { Page } from "playwright-core";
import { writeDigit } from "../lib/data/strokes.ts";
import { writeFiles } from "../lib/files.ts";
import { Random } from "../lib/random.ts";
import { withBrowser } from "../tests/browser.ts";
import { draw, hostPage, openPage, reading } from "../tests/web/page/site.ts";

const DOCS = new URL("../docs/", import.meta.url);

/** Side by side. */
const DIGITS = [4, 2];

/** A hand that writes these well. */
const SEED = 3;

/** Pieces of a curve between two points, for smooth ones. */
const STEPS = 12;

/** Of the browser's window, in pixels. */
const WIDTH = 1280;

/** Pixels around what is shown of a page. */
const MARGIN = 12;

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

await using host = await hostPage();
await withBrowser(async (browser) => {
  await using opened = await openPage(browser, host.url, {
    colorScheme: "light",
    viewport: { width: WIDTH, height: 640 },
  });
  const { page } = opened;
  const random = new Random(SEED);
  for (const [i, digit] of DIGITS.entries()) {
    const place = { x: 0.3 + 0.4 * i, y: 0.375, height: 0.45 };
    await draw(page, writeDigit(random, digit, STEPS), place);
  }
  const read = await reading(page);
  if (read !== DIGITS.join("")) throw new Error(`The page read ${read}`);
  await photograph(page, "page.png");
  await page.locator("#model").selectOption("cnn"); // it has but a few layers
  await page.locator("#model:enabled").waitFor();
  await reading(page);
  await page.setViewportSize({ width: WIDTH, height: 3000 }); // without scrolling
  await page.locator("#lesson-panel summary").click();
  const next = (await page.locator(".lesson-layers > :nth-child(3)").boundingBox())!;
  const { x, y, width } = (await page.locator(".lesson-digit").boundingBox())!;
  const clip = { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: next.y - y };
  await photograph(page, "what-it-sees.png", clip);
  await page.locator("#lesson-panel summary").click();
  await page.locator("#training-panel summary").click();
  const training = page.locator("#training");
  await training.getByRole("combobox").selectOption("cnn");
  await training.getByRole("button", { name: "Start" }).click();
  await training.getByRole("button", { name: "Save" }).waitFor();
  const panel = (await page.locator("#training-panel").boundingBox())!;
  await photograph(page, "train-it-yourself.png", panel);
});

async function photograph(page: Page, file: string, clip?: Rectangle): Promise<void> {
  const picture = await page.screenshot({ animations: "disabled", clip });
  await writeFiles({ [new URL(file, DOCS).pathname]: picture });
  console.error(`Written: docs/${file}`);
}
