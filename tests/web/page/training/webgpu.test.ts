// Training on the page with WebGPU, as Chromium has it in software.

/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BrowserContext } from "playwright-core";
import { chromium, withBrowser } from "../../../browser.ts";
import { testWith } from "../../../parts.ts";
import { hostPage, openPage } from "../site.ts";
import { chooseSmall, epochs, finished, openTraining, start } from "./actions.ts";

const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

testWith("browser", chromium !== undefined, "the page trains with WebGPU", async (t) => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    const steps: [name: string, prelude: string, machine: RegExp][] = [
      [
        "to the end",
        "",
        /^1,200 pictures, trained on by webgpu on .+ \(as asked for; in software\)\.$/,
      ],
      [
        "and with simd once the device is lost",
        `(${loseDevice})(150);`,
        /trained on by webgpu on .+ simd, 1 thread goes on from where \d of 8 epochs were done\.$/,
      ],
    ];
    for (const [name, prelude, machine] of steps) {
      await t.step(name, async () => {
        await using opened = await openPage(browser, host.url, { serviceWorkers: "block" });
        const { page } = opened;
        await change(page.context(), "training.js", (script) => {
          assert(script.includes('backend:"auto"'));
          return script.replace('backend:"auto"', 'backend:"webgpu"'); // software is none to choose
        });
        await change(page.context(), "trainer.js", (script) => prelude + script);
        const training = await openTraining(page);
        await chooseSmall(training);
        await epochs(training).fill("8");
        await start(training);
        await finished(training);
        assertMatch(await training.locator(".training-machine").innerText(), machine);
        const [, accuracy] = (await training.locator(".training-state").innerText())
          .match(/^Done: (\d+)\.\d\d % of 300/)!;
        assert(Number(accuracy) > 80, accuracy);
        assertEquals(await page.locator("#model").inputValue(), "yours");
        assertEquals(opened.problems, []);
      });
    }
  }, WEBGPU);
});

/** Has the page get a script otherwise than it is. */
async function change(
  context: BrowserContext,
  script: string,
  edit: (script: string) => string,
): Promise<void> {
  await context.route(`**/${script}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: edit(await response.text()) });
  });
}

/** Run in the worker before its own script: devices are lost after so many submissions. */
function loseDevice(submissions: number): void {
  const { submit } = GPUQueue.prototype;
  const { requestDevice } = GPUAdapter.prototype;
  let device: GPUDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    return device = await requestDevice.apply(this, args);
  };
  GPUQueue.prototype.submit = function (...args) {
    if (submissions-- === 0) device.destroy();
    return submit.apply(this, args);
  };
}
