// Draws on the page with a browser's mouse, and prints how soon it answered.

/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { writeDigit } from "../lib/data/strokes.ts";
import { Random } from "../lib/random.ts";
import { withBrowser } from "../tests/browser.ts";
import { draw, hostPage, openPage, reading } from "../tests/web/page/site.ts";
import type { Strokes } from "./page.ts";

const MODELS = ["best", "cnn"];
const DIGITS = [1, 5];
const STROKES = 30;
/** The engine compiles what is used often: the first ones take longer. */
const WARM_UP = 5;
/** Pieces of a curve between two points: a mouse moves once a frame. */
const STEPS = 2;

const results: Strokes[] = [];
await using host = await hostPage();
for (const model of MODELS) {
  for (const digits of DIGITS) {
    await withBrowser(async (browser) => {
      await using opened = await openPage(browser, host.url, {
        viewport: { width: 1280, height: 900 },
      });
      results.push({ model, digits, latencies: await drawOn(opened.page, model, digits) });
    });
  }
}
console.log(JSON.stringify(results));

async function drawOn(page: Page, model: string, digits: number): Promise<number[]> {
  await page.locator("#model").selectOption(model);
  await page.locator("#model:enabled").waitFor();
  await page.evaluate(watchStrokes);
  const random = new Random(1);
  const latencies: number[] = [];
  while (latencies.length < WARM_UP + STROKES) {
    for (let i = 0; i < digits; i++) {
      const digit = Math.floor(random.uniform(0, 10));
      const place = { x: (i + 1) / (digits + 1), y: 0.375, height: 0.7 / (digits + 1) };
      await draw(page, writeDigit(random, digit, STEPS), place);
      await reading(page);
      latencies.push(...await page.evaluate(takeLatencies));
    }
    await page.keyboard.press("Escape");
    await reading(page);
  }
  return latencies.slice(WARM_UP);
}

/**
 * Run in the page: notes how long after the last move of each stroke its answer is there. Answers to what
 * was there before do not count.
 */
function watchStrokes(): void {
  const latencies: number[] = [];
  Object.assign(globalThis, { latencies });
  let [moved, answered] = [0, 0];
  let [isAsked, isDone] = [false, true];
  const note = () => {
    if (isDone && answered > moved) latencies.push(answered - moved);
    isDone &&= answered <= moved;
  };
  const answer = document.getElementById("answer")!;
  new MutationObserver(() => {
    if (answer.ariaBusy === "true") isAsked = true;
    else if (isAsked) {
      answered = performance.now();
      note();
    }
  }).observe(answer, { attributeFilter: ["aria-busy"] });
  for (const type of ["pointerdown", "pointermove"] as const) {
    document.addEventListener(type, ({ timeStamp, buttons }) => {
      if (buttons === 0) return;
      moved = timeStamp;
      [isAsked, isDone] = [false, false];
    }, true);
  }
  document.addEventListener("pointerup", () => {
    isDone = true;
    note();
  }, true);
}

/** Run in the page: gives what was noted, and begins anew. */
function takeLatencies(): number[] {
  return (globalThis as unknown as { latencies: number[] }).latencies.splice(0);
}
