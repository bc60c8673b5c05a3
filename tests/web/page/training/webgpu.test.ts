// Training on the page with WebGPU, as Chromium has it in software.

/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import { chromium, withBrowser } from "../../../browser.ts";
import { testWith } from "../../../parts.ts";
import { hostPage, openPage } from "../site.ts";
import { chooseDigits, epochs, finished, openTraining, start } from "./actions.ts";

const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const NAME = "the page trains with WebGPU, and once the GPU is lost goes on with simd";

testWith("browser", chromium !== undefined, NAME, async () => {
  await using host = await hostPage();
  await withBrowser(async (browser) => {
    await using opened = await openPage(browser, host.url, { serviceWorkers: "block" });
    const { page } = opened;
    await page.context().route("**/trainer.js", async (route) => {
      const response = await route.fetch();
      const script = await response.text();
      const changed = script.replace('("auto",{recipe', '("webgpu",{recipe');
      assert(changed !== script); // else software would not be chosen
      await route.fulfill({ response, body: `(${loseDevice})(30);${changed}` });
    });
    const training = await openTraining(page);
    await chooseDigits(training, 250);
    await epochs(training).fill("6");
    await start(training);
    await finished(training);
    assertMatch(
      await training.locator(".training-machine").innerText(),
      /^200 pictures, trained on by webgpu on .+ \(as asked for; in software\)\. .+ was lost: .+\. simd, 1 thread goes on from where [1-5] of 6 epochs were done\.$/,
    );
    const chart = training.getByRole("img", { name: "Accuracy of the training" });
    assertEquals(await chart.locator("circle.second").count(), 6); // each epoch once
    const state = await training.locator(".training-state").innerText();
    const [, right] = state.match(/^Done: (\d+)\.\d\d % of 50/)!;
    assert(Number(right) > 30, state); // by chance it were a tenth
    const blocked = "Service Worker registration blocked by Playwright";
    assertEquals(opened.problems.filter((problem) => problem !== blocked), []);
  }, WEBGPU);
});

/** Run in the worker before its own script: the device is lost after so many submissions. */
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
