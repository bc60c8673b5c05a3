// Training on the page, in a real browser: from a choice to a model that reads what is drawn.

/// <reference lib="dom" />
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type axe from "axe-core";
import { gzipSync, unzipSync } from "fflate";
import type { Locator, Page } from "playwright-core";
import { encodeImages } from "../../../../lib/data/idx.ts";
import { MNIST, PAGE_MIRROR } from "../../../../lib/data/sources.ts";
import { writeDigit } from "../../../../lib/data/strokes.ts";
import { Random } from "../../../../lib/random.ts";
import { chromium, withBrowser } from "../../../browser.ts";
import { run } from "../../../commands.ts";
import { testWith, withFolder } from "../../../parts.ts";
import { draw, hostPage, openPage, reading } from "../site.ts";
import {
  choose,
  chooseDigits,
  epochs,
  filesOf,
  finished,
  network,
  openTraining,
  start,
} from "./actions.ts";

const CENTRE = { x: 0.5, y: 0.375, height: 0.45 };

const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

/** A window that shows all of the page. */
const ALL = { width: 1280, height: 2400 };

const [IMAGES, LABELS] = filesOf(1500);

interface Opened {
  page: Page;
  training: Locator;
  requests: string[];
}

type Steps = Record<string, (opened: Opened) => Promise<void>>;

const STEPS: Steps = {
  "a network is trained, tested, used and saved": async ({ page, training }) => {
    await start(training);
    await training.getByText(/^10,000 pictures, trained on by simd, 1 thread \(.+\)\.$/).waitFor();
    await finished(training);
    for (const name of ["Loss of the training", "Accuracy of the training"]) {
      const chart = training.getByRole("img", { name });
      assert((await chart.locator("path.curve.first").getAttribute("d"))!.split("L").length >= 3);
      assertEquals(await chart.locator("circle.second").count(), 3);
      assertMatch((await chart.locator("desc").textContent())!, /^From .+ to .+ after 3\.0 of 3 /);
    }
    const state = await training.locator(".training-state").innerText();
    const [, accuracy] = state.match(/^Done: (\d\d\.\d\d %) of 2,000 pictures/)!;
    const chosen = page.locator("#model option:checked");
    assertEquals(await chosen.innerText(), `yours, ${accuracy}`);
    await page.locator("#announcement", { hasText: "Done: " }).waitFor({ state: "attached" });

    await draw(page, writeDigit(new Random(1), 4, 6), CENTRE);
    assertEquals(await reading(page), "4");
    // The other worker explains with it, too.
    await page.locator("#lesson-panel summary").click();
    await page.locator("#lesson").getByText("Why 4?").waitFor();
    await page.locator("#lesson").getByText("The model: yours").waitFor();

    const { violations }: axe.AxeResults = await page.evaluate(`${AXE}; axe.run("#training")`);
    assertEquals(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);

    const downloading = page.waitForEvent("download");
    await training.getByRole("button", { name: "Save" }).click();
    const download = await downloading;
    assertEquals(download.suggestedFilename(), "my-models.zip");
    await readsWith(await Deno.readFile(await download.path()), accuracy);
  },
  "a network trained after another takes its place": async ({ page, training }) => {
    for (const name of ["dense", "tiny"]) {
      await network(training).selectOption(name);
      await epochs(training).fill("1");
      await chooseDigits(training, 1500);
      await start(training);
      await finished(training);
      assertEquals(await page.locator('#model option[value="yours"]').count(), 1);
      const command = await training.locator("code").innerText();
      assertStringIncludes(command, `--models my-models --model ${name} `);
    }
  },
  "Stop stops it, and another can be started": async ({ page, training }) => {
    await chooseDigits(training, 1500);
    await network(training).selectOption("best");
    await start(training);
    assert(await training.getByRole("button", { name: "Start" }).isDisabled());
    await training.getByText(/^Epoch 1 of 30: loss/).waitFor();
    // What is drawn is read meanwhile.
    await draw(page, writeDigit(new Random(1), 7, 6), CENTRE);
    assertEquals(await reading(page), "7");
    assertEquals(workers(page), ["trainer.js", "worker.js"]);
    const closing = page.workers().find((each) => each.url().endsWith("trainer.js"))!
      .waitForEvent("close");
    await training.getByRole("button", { name: "Stop" }).click();
    await training.getByText("Stopped. Nothing is kept of it.").waitFor();
    await closing;
    assertEquals(workers(page), ["worker.js"]);
    assertEquals(await page.locator("#model").inputValue(), "best");
    assertEquals(await page.locator('#model option[value="yours"]').count(), 0);
    await network(training).selectOption("dense");
    await training.getByRole("button", { name: "Start" }).press("Enter");
    await finished(training);
    assert(await training.getByRole("button", { name: "Start" }).evaluate(hasFocus));
  },
  "files train, compressed or not, and wrong ones are named": async ({ training }) => {
    await training.getByLabel("Files of yours").check();
    await start(training);
    const problems = training.getByRole("alert");
    await problems.getByText("Choose pictures and labels to train on first").waitFor();
    const small = encodeImages({ count: 2, rows: 8, columns: 8, pixels: new Uint8Array(128) });
    await choose(training, {
      "notes.txt": new TextEncoder().encode("not a picture"),
      "small": small,
      "train-labels.gz": gzipSync(LABELS),
    });
    await problems.getByText(/notes\.txt is no file of MNIST's format \(IDX\)\. Expected/)
      .waitFor();
    await problems.getByText(/small cannot be used: .* 8x8 pixels, expected 28x28/).waitFor();
    await training.getByText("train-labels.gz 1,500 labels to learn from").waitFor();
    await training.getByText("Still missing: the pictures to train on.").waitFor();
    await drop(training, "train-images", IMAGES);
    await training.getByText("A fifth of them is held back to test with.").waitFor();
    await start(training);
    await finished(training);
    await training.getByText(/^1,200 pictures, trained on/).waitFor();
    await training.getByText(/^Done: .+ of 300 pictures/).waitFor();
  },
  "the mirror's files are checked, and without it the page says so": async ({ page, training }) => {
    let answer = { status: 503, body: Buffer.from("") };
    await page.context().route(
      `${PAGE_MIRROR}*`,
      (route) => route.fulfill({ ...answer, headers: { "access-control-allow-origin": "*" } }),
    );
    await training.getByLabel("MNIST").first().check();
    await start(training);
    const problem = training.getByRole("alert").getByText(/./);
    const first = `${MNIST.files.trainImages.name}.gz`;
    await problem.getByText(
      `Could not download ${first} from raw.githubusercontent.com (status 503)`,
    ).waitFor();
    answer = { status: 200, body: Buffer.from(gzipSync(IMAGES)) };
    await start(training);
    await problem.getByText(`${first} from raw.githubusercontent.com is not MNIST's`).waitFor();
  },
};

testWith("browser", chromium !== undefined, "training on the page:", async (t) => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    for (const [name, body] of Object.entries(STEPS)) {
      await t.step(name, async () => {
        await using opened = await openPage(browser, host.url, { viewport: ALL });
        const { page } = opened;
        await body({ page, training: await openTraining(page), requests: host.requests });
        const { origin } = new URL(PAGE_MIRROR);
        // What a mirror that fails makes a browser say.
        const expected = ["503", origin];
        const unexpected = opened.problems.filter((problem) =>
          !expected.some((text) => problem.includes(text))
        );
        assertEquals(unexpected, []);
      });
    }
  });
});

testWith(
  "browser",
  chromium !== undefined,
  "the page loads training when it is opened",
  async () => {
    await using host = await hostPage();
    await withBrowser(async (browser) => {
      await using opened = await openPage(browser, host.url, { serviceWorkers: "block" });
      const { page } = opened;
      await draw(page, writeDigit(new Random(1), 4, 6), CENTRE);
      assertEquals(await reading(page), "4");
      const atStart = new Set(host.requests);
      await openTraining(page);
      assert(host.requests.some((path) => path.endsWith("/training.js") && !atStart.has(path)));
      assert(![...atStart].some((path) => path.endsWith("/trainer.js")));
    });
  },
);

const DATA = Deno.env.get("DIGITS_DATA");

testWith(
  "mnist",
  DATA !== undefined && chromium !== undefined,
  "the page trains on the mirror's MNIST, and keeps it",
  async () => {
    await using host = await hostPage();
    await withBrowser(async (browser) => {
      await using opened = await openPage(browser, host.url, { viewport: ALL });
      const { page } = opened;
      const asked: string[] = [];
      await page.context().route(`${PAGE_MIRROR}*`, async (route) => {
        const file = route.request().url().slice(PAGE_MIRROR.length);
        asked.push(file);
        await route.fulfill({
          body: Buffer.from(await Deno.readFile(`${DATA}/mnist/${file}`)),
          headers: { "access-control-allow-origin": "*" },
        });
      });
      const training = await openTraining(page);
      await training.getByLabel("MNIST").first().check();
      await epochs(training).fill("1");
      for (let times = 1; times <= 2; times++) {
        await start(training);
        await finished(training);
        await training.getByText(/^60,000 pictures, trained on/).waitFor();
        await training.getByText(/^Done: 9\d\.\d\d % of 10,000 pictures/).waitFor();
      }
      const files = Object.values(MNIST.files).map(({ name }) => `${name}.gz`);
      assertEquals(asked.toSorted(), files.toSorted()); // once
    });
  },
);

testWith(
  "browser",
  chromium !== undefined,
  "the page may load MNIST, and nothing else",
  async () => {
    await using host = await hostPage();
    await withBrowser(async (browser) => {
      await using opened = await openPage(browser, host.url);
      const { page } = opened;
      await page.context().route(
        /^https:/,
        (route) => route.fulfill({ body: "it", headers: { "access-control-allow-origin": "*" } }),
      );
      const load = (url: string) =>
        page.evaluate((url) => fetch(url).then((response) => response.text(), String), url);
      assertEquals(await load(`${PAGE_MIRROR}train-images-idx3-ubyte.gz`), "it");
      const { origin } = new URL(PAGE_MIRROR);
      for (const url of ["https://example.com/", `${origin}/somebody/else/`]) {
        assertMatch(await load(url), /Failed to fetch/, url);
      }
    });
  },
);

async function drop(training: Locator, name: string, bytes: Uint8Array): Promise<void> {
  await training.locator(".training-zone").evaluate((zone, { name, base64 }) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([Uint8Array.fromBase64(base64)], name));
    zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  }, { name, base64: bytes.toBase64() });
}

function workers(page: Page): string[] {
  return page.workers().map((worker) => worker.url().split("/").at(-1)!).sort();
}

function hasFocus(element: Element): boolean {
  return element === document.activeElement;
}

/** Unpacks a saved model, and measures it with the program. */
async function readsWith(zip: Uint8Array, accuracy: string): Promise<void> {
  await withFolder(async (folder) => {
    for (const [path, bytes] of Object.entries(unzipSync(zip))) {
      await Deno.mkdir(`${folder}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, bytes);
    }
    const models = `${folder}/my-models`;
    const { test } = JSON.parse(await Deno.readTextFile(`${models}/dense/metrics.json`));
    assertEquals(`${(100 * test.accuracy).toFixed(2)} %`, accuracy);
    const { code, stdout, stderr } = await run("predict", [
      ...["--json", "--models", models, "--model", "dense", "images/2.png"],
    ]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).digits.length, 1);
  });
}
