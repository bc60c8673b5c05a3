// How a training goes: where it is done, how far it is, and its curves.

/// <reference lib="dom" />

import { lineChart } from "../../../report/charts.ts";
import { duration, percent } from "../../../report/reading.ts";
import { make } from "../dom.ts";
import { Course, type Point } from "./course.ts";
import type { Told } from "./order.ts";

/** The two charts: what of a point each shows, and how numbers of it are written. */
const CHARTS = [
  { of: "loss", title: "Loss", format: (value: number) => String(Number(value.toFixed(4))) },
  {
    of: "accuracy",
    title: "Accuracy",
    format: (value: number) => `${Number((100 * value).toFixed(2))} %`,
  },
] as const;

export class Progress {
  readonly element: HTMLElement;
  readonly #announce: (text: string) => void;
  readonly #machine = make("p", { className: "training-machine" });
  readonly #state = make("p", { className: "training-state" });
  readonly #bar = make("progress", { max: 1, ariaLabel: "Training" });
  readonly #charts = make("div", { className: "training-charts" });
  readonly #note = make("p", {
    className: "training-note",
    hidden: true,
    textContent: "Training is measured while the network still changes, and on pictures that are " +
      "made harder for it; validation at the end of each epoch, on pictures that were held back.",
  });
  #epochs = 1;
  #course = new Course(1);

  /** @param announce Has a screen reader say how far it is, not too often. */
  constructor(announce: (text: string) => void) {
    this.#announce = announce;
    this.element = make(
      "div",
      { className: "training-progress", hidden: true },
      this.#machine,
      this.#bar,
      this.#state,
      this.#charts,
      this.#note,
    );
  }

  /** Begins anew. */
  start(epochs: number): void {
    this.#epochs = epochs;
    this.#course = new Course(epochs);
    this.#machine.textContent = "";
    this.#charts.replaceChildren();
    this.#note.hidden = true;
    this.element.hidden = this.#bar.hidden = false;
    this.#say("Starting");
  }

  /** It has ended, and how. */
  end(state: string): void {
    this.#bar.hidden = true;
    this.#state.textContent = state;
    this.#announce(state);
  }

  tell(told: Told): void {
    switch (told.type) {
      case "preparing":
        return this.#say(told.what);
      case "begun":
        this.#machine.textContent = `${told.pictures.toLocaleString("en")} pictures, trained on ` +
          `by ${told.backend} (${told.reason}).`;
        return this.#say("Training begins"); // which takes a GPU seconds
      case "progress": {
        const { epoch, done, total, loss, accuracy, samplesPerSecond, secondsLeft } = told;
        this.#bar.value = (epoch - 1 + done / total) / this.#epochs;
        this.#state.textContent = `Epoch ${epoch} of ${this.#epochs}: loss ${loss.toFixed(4)}, ` +
          `accuracy ${percent(accuracy, 2)}, ` +
          `${Math.round(samplesPerSecond).toLocaleString("en")} samples/s, ` +
          `${duration(secondsLeft)} left`;
        this.#course.addProgress(told);
        return this.#draw();
      }
      case "fallback": {
        const { reason, backend, epoch } = told;
        const done = `${epoch} of ${this.#epochs} epochs`;
        const text = `${reason}. ${backend} goes on from where ${done} were done.`;
        this.#machine.append(` ${text}`);
        this.#course.goBackTo(epoch);
        return this.#announce(text);
      }
      case "epoch": {
        const { epoch, accuracy, valAccuracy } = told.result;
        this.#course.addEpoch(told.result);
        this.#announce(
          `Epoch ${epoch} of ${this.#epochs}: accuracy ${percent(valAccuracy ?? accuracy, 1)}`,
        );
        return this.#draw();
      }
    }
  }

  /** It is not known how long this takes. */
  #say(what: string): void {
    this.#bar.removeAttribute("value");
    this.#state.textContent = `${what} …`;
  }

  #draw(): void {
    const { training, validation } = this.#course;
    if (training.length === 0) return;
    this.#note.hidden = validation.length === 0;
    const charts = CHARTS.map((chart) => draw(chart, this.#course, this.#epochs));
    this.#charts.innerHTML = charts.join(""); // made of numbers alone
  }
}

function draw(
  { of, title, format }: typeof CHARTS[number],
  { training, validation }: Course,
  epochs: number,
): string {
  const values = (points: readonly Point[]) => points.map((point) => point[of]);
  const [first, last] = [training[0], training.at(-1)!];
  const measured = validation.at(-1);
  const description = `From ${format(first[of])} to ${format(last[of])} in training, after ` +
    `${last.at.toFixed(1)} of ${epochs} epochs` +
    (measured ? `; ${format(measured[of])} on what was held back.` : ".");
  return lineChart(
    { id: `training-${of}`, title: `${title} of the training`, description },
    [
      {
        name: "training",
        style: "first",
        values: values(training),
        at: training.map(({ at }) => at),
      },
      { name: "validation", style: "second", values: values(validation) },
    ],
    { yLabel: of, format, fromZero: of === "loss", epochs },
  );
}
