// "What the network sees": the part of the page that shows, for a lesson, which pixels speak for the
// answer, what each layer makes of the digit, and how good the model is.

/// <reference lib="dom" />

import type { Explanation } from "../../../model/explanation.ts";
import type { Metrics } from "../../../model/metrics.ts";
import { make } from "../dom.ts";
import { latest } from "../latest.ts";
import { showEvidence } from "./evidence.ts";
import { showLayers } from "./layers.ts";
import { showModel } from "./model.ts";

export interface LessonOptions {
  /** Asks the network for all of it; see `explain()` in lib/model/explanation.ts. */
  explain(pixels: Uint8Array, classIndex: number): Promise<Explanation>;
}

/** A digit to be explained, and the class that is asked about. */
interface Question {
  /** (28, 28) row-major, 0 paper to 255 ink. */
  pixels: Uint8Array;
  classIndex: number;
  className: string;
}

/** The lesson, within a container of its own. It works only while that can be seen. */
export class Lesson {
  readonly #explain: LessonOptions["explain"];
  readonly #container: HTMLElement;
  readonly #hint = make("p", {
    className: "lesson-hint",
    textContent: "Once a digit is read, you see here what the network does with it.",
  });
  readonly #problem = make("p", { className: "lesson-problem", role: "alert", hidden: true });
  readonly #digit = make("section", { className: "lesson-digit", hidden: true });
  readonly #model = make("section", { className: "lesson-model" });
  /** Asked last, and answered last, be it by a problem. */
  #question?: Question;
  #answered?: Question;
  /** What the pictures were drawn for; CSS pixels. */
  #width = 0;
  /** Draws the present pictures anew. */
  #draw = () => {};

  /** @param container Stays empty but for the lesson; perhaps within a `<details>`. */
  constructor(container: HTMLElement, { explain }: LessonOptions) {
    this.#container = container;
    this.#explain = explain;
    container.classList.add("lesson");
    container.append(this.#hint, this.#problem, this.#digit, this.#model);
    container.closest("details")?.addEventListener("toggle", () => this.#refresh());
    new ResizeObserver(() => {
      if (container.clientWidth !== this.#width) this.#refresh();
    }).observe(container);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#refresh());
  }

  /**
   * Shows what the network makes of a digit.
   *
   * @param pixels (28, 28) row-major, 0 paper to 255 ink.
   * @param classIndex The class whose evidence is shown, mostly the answer, and its name.
   */
  showDigit(pixels: Uint8Array, classIndex: number, className: string): void {
    this.#question = { pixels, classIndex, className };
    this.#refresh();
  }

  /** Shows what is known of the model in use. */
  showModel(name: string, metrics: Metrics): void {
    this.#model.replaceChildren(...showModel(name, metrics));
  }

  /** There is no digit any more. */
  clear(): void {
    this.#question = this.#answered = undefined;
    this.#draw = () => {};
    this.#hint.hidden = false;
    this.#problem.hidden = this.#digit.hidden = true;
    this.#digit.replaceChildren();
  }

  /** Where the lesson can be seen, answers what is asked, or draws the answer for the present look. */
  #refresh(): void {
    if (!this.#container.checkVisibility()) return;
    this.#width = this.#container.clientWidth;
    if (this.#question === this.#answered) this.#draw();
    else this.#answer();
  }

  readonly #answer = latest(async () => {
    const question = this.#question;
    if (question === undefined || question === this.#answered) return;
    this.#container.ariaBusy = "true";
    try {
      const explanation = await this.#explain(question.pixels, question.classIndex);
      if (question === this.#question) this.#show(question, explanation);
    } catch (error) {
      if (question === this.#question) this.#showProblem(error as Error);
    }
    if (question === this.#question) this.#answered = question;
    this.#container.ariaBusy = "false";
  });

  #showProblem({ message }: Error): void {
    this.#problem.textContent = `This could not be explained: ${message}`;
    this.#hint.hidden = this.#digit.hidden = true;
    this.#problem.hidden = false;
    this.#draw = () => {};
  }

  #show({ pixels, className }: Question, explanation: Explanation): void {
    const parts = [showEvidence(pixels, className, explanation), showLayers(explanation)];
    this.#digit.replaceChildren(...parts.flatMap(({ elements }) => elements));
    this.#hint.hidden = this.#problem.hidden = true;
    this.#digit.hidden = false;
    this.#draw = () => parts.forEach(({ draw }) => draw());
    this.#draw();
  }
}
