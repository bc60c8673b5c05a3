// "Train it yourself": the part of the page that trains a network on the visitor's own machine, shows
// how that goes, and hands over the model that comes of it.

/// <reference lib="dom" />

import { proxy, type Remote, wrap } from "comlink";
import type { TrainedModel } from "../../../model/training.ts";
import { percent } from "../../../report/reading.ts";
import { make } from "../dom.ts";
import type { TrainingService } from "../trainer.ts";
import { FOLDER, toZip } from "./archive.ts";
import { Choices } from "./choices.ts";
import type { Told } from "./order.ts";
import { Progress } from "./progress.ts";

export interface TrainingOptions {
  /** Takes a model that was trained: the page reads with it from now on. */
  onTrained: (trained: TrainedModel) => Promise<void>;
  /** Has a screen reader say something. */
  announce: (text: string) => void;
}

/** The part of the page, within a container of its own. */
export class Training {
  readonly #onTrained: TrainingOptions["onTrained"];
  readonly #choices = new Choices();
  readonly #progress: Progress;
  readonly #start = make("button", { type: "submit", className: "primary" }, "Start");
  readonly #stop = make("button", { type: "button", disabled: true }, "Stop");
  readonly #problem = make("p", { className: "training-problem", role: "alert" });
  readonly #result = make("div", { className: "training-result", hidden: true });
  /** There while something is trained. */
  #worker: Worker | undefined;

  constructor(container: HTMLElement, { onTrained, announce }: TrainingOptions) {
    this.#onTrained = onTrained;
    this.#progress = new Progress(announce);
    const form = make(
      "form",
      {},
      this.#choices.element,
      make("div", { className: "tools" }, this.#start, this.#stop),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#train();
    });
    this.#stop.addEventListener("click", () => {
      this.#end();
      this.#progress.end("Stopped. Nothing is kept of it.");
    });
    container.classList.add("training");
    container.append(
      make(
        "p",
        { className: "training-hint" },
        "A network that knows nothing yet learns to read digits, on this device. In the end the " +
          "page reads with it what you write.",
      ),
      form,
      this.#problem,
      this.#progress.element,
      this.#result,
    );
  }

  async #train(): Promise<void> {
    if (this.#worker) return;
    this.#problem.textContent = "";
    let worker: Worker | undefined;
    // What was on its way when it was stopped comes later.
    const isStopped = () => this.#worker !== worker;
    try {
      const { order } = this.#choices;
      worker = this.#begin(order.epochs);
      const service: Remote<TrainingService> = wrap(worker);
      const tell = proxy((told: Told) => {
        if (!isStopped()) this.#progress.tell(told);
      });
      const trained = await Promise.race([service.train(order, tell), failureOf(worker)]);
      if (isStopped()) return;
      await this.#onTrained(trained);
      this.#end();
      this.#showResult(trained);
    } catch (error) {
      if (isStopped()) return;
      this.#end();
      this.#progress.element.hidden = true;
      this.#problem.textContent = (error as Error).message;
    }
  }

  #begin(epochs: number): Worker {
    this.#worker = new Worker(new URL("trainer.js", import.meta.url), { type: "module" });
    this.#choices.element.disabled = this.#start.disabled = true;
    this.#stop.disabled = false;
    this.#stop.focus({ preventScroll: true }); // where the button was that is none now
    this.#result.hidden = true;
    this.#progress.start(epochs);
    return this.#worker;
  }

  /** Whatever goes on in the worker ends with it. */
  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const hadFocus = document.activeElement === this.#stop;
    this.#choices.element.disabled = this.#start.disabled = false;
    this.#stop.disabled = true;
    if (hadFocus) this.#start.focus({ preventScroll: true });
  }

  #showResult({ model, metrics }: TrainedModel): void {
    const [accuracy, pictures] = [metrics.test.accuracy, metrics.dataset.test];
    this.#progress.end(
      `Done: ${percent(accuracy, 2)} of ${
        pictures.toLocaleString("en")
      } pictures that it had never ` +
        "seen are read right. The page reads with it now.",
    );
    const save = make("button", { type: "button" }, "Save");
    save.addEventListener("click", () => {
      const blob = new Blob([toZip(model, metrics)], { type: "application/zip" });
      const url = URL.createObjectURL(blob);
      make("a", { href: url, download: `${FOLDER}.zip` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000); // a browser may ask first where to put it
    });
    this.#result.replaceChildren(
      make("p", {}, "It is gone when you leave the page. To keep it, save and unpack it, then:"),
      make("code", {}, `deno task predict --models ${FOLDER} --model ${model.name} digit.png`),
      make("div", { className: "tools" }, save),
    );
    this.#result.hidden = false;
  }
}

/** Rejects when the worker fails as a whole: it does not start, or there is no memory left. */
async function failureOf(worker: Worker): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  worker.addEventListener("error", ({ message }) => {
    reject(new Error(`What trains has failed: ${message || "reload the page"}`));
  });
  return await promise;
}
