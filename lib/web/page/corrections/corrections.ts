// "It was a ...": the part of the page where somebody says what a digit was, and gets back all that
// was said, to train with.

/// <reference lib="dom" />

import { folderFor, toZip } from "./archive.ts";
import { type Correction, CorrectionStore } from "./store.ts";
import { areDigits, separatorOf } from "../../../data/classes.ts";
import { DEFAULT_MODEL } from "../../../model/format.ts";
import { make, showInk } from "../dom.ts";

/** A digit of the present reading. */
export interface ReadDigit {
  /** (28, 28) row-major, as the network saw it: 0 paper to 255 ink. */
  pixels: Uint8Array;
  /** What it was read as. */
  digit: string;
  /** 0 to 1. */
  confidence: number;
}

export interface CorrectionsOptions {
  /** Says what was done where a screen reader hears it; else the part of the page does so itself. */
  announce?: (text: string) => void;
}

/** The part of the page, within a container of its own. */
export class Corrections {
  readonly #container: HTMLElement;
  readonly #announce?: (text: string) => void;
  readonly #store = new CorrectionStore(() => this.#render());
  #digits: readonly ReadDigit[] = [];
  #model = "";
  /** What a digit can be: what the model in use tells apart. */
  #classes: readonly string[] = [];
  #selected = 0;
  /** Takes back what was done last. */
  #undo?: () => Promise<void>;

  readonly #hint = make("p", {
    className: "corrections-hint",
    textContent: "Once there is a digit that was read wrong, say here what it was.",
  });
  readonly #picture = makePicture("corrections-digit");
  readonly #reading = make("p", { className: "corrections-reading" });
  #labels: readonly HTMLButtonElement[] = [];
  readonly #choices = make("div", { className: "corrections-labels" });
  readonly #question: HTMLElement;
  readonly #status = make("p", { className: "corrections-status" });
  readonly #undoButton = makeButton("Undo", () => this.#takeBack());
  readonly #problem = make("p", { className: "corrections-problem", role: "alert" });
  readonly #count = make("h3", { tabIndex: -1 }); // takes the focus of buttons that go
  readonly #command = make("code");
  readonly #list = make("ul", { className: "corrections-list" });
  readonly #details = make(
    "details",
    {},
    make("summary", { textContent: "Show them" }),
    this.#list,
  );
  /** What there is to do with corrections where there are some. */
  readonly #some = make("div", { className: "corrections-some" });
  readonly #dialog: HTMLDialogElement;

  constructor(container: HTMLElement, { announce }: CorrectionsOptions = {}) {
    this.#container = container;
    this.#announce = announce;
    if (!announce) this.#status.role = "status";
    this.#question = make(
      "div",
      { className: "corrections-question" },
      make("div", { className: "corrections-read" }, this.#picture, this.#reading),
      makeGroup("It was a …", this.#choices),
    );
    this.#dialog = this.#makeDialog();
    container.classList.add("corrections");
    container.append(
      this.#hint,
      this.#question,
      this.#problem,
      this.#makeKept(),
      this.#dialog,
      make("div", { className: "corrections-done" }, this.#status, this.#undoButton),
    );
    container.addEventListener("keydown", (event) => this.#onKey(event));
    container.closest("details")?.addEventListener("toggle", () => this.#renderQuestion());
    this.#details.addEventListener("toggle", () => this.#renderList());
    // Ink has the colour of text.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#render());
    this.#say("");
    this.#render();
  }

  /**
   * Takes the digits of another reading, of which one has to be selected then.
   *
   * @param classes What the model tells apart. Corrections are those to such, others wait.
   */
  show(digits: readonly ReadDigit[], model: string, classes: readonly string[]): void {
    this.#digits = digits;
    this.#model = model;
    if (classes.join("\n") !== this.#classes.join("\n")) this.#offer(classes);
  }

  /** Makes a button for each class. */
  #offer(classes: readonly string[]): void {
    this.#classes = classes;
    this.#labels = classes.map((label) => makeButton(label, () => this.#label(label)));
    this.#choices.replaceChildren(...this.#labels);
    this.#choices.classList.toggle("corrections-words", separatorOf(classes) !== "");
    const model = areDigits(classes) ? DEFAULT_MODEL : this.#model;
    this.#command.textContent = `deno task train --from ${model} --dataset ${folderFor(classes)}/`;
    this.#render();
  }

  /** What is kept that the model in use can be trained with. */
  get #kept(): Correction[] {
    return this.#store.all.filter(({ label }) => this.#classes.includes(label));
  }

  /** Selects the digit that is spoken of, by its place in the reading. */
  select(index: number): void {
    this.#selected = index;
    this.#say("");
    // This comes with each stroke: what is kept may be a long list, and mostly nobody looks.
    if (this.#container.checkVisibility()) this.#renderQuestion();
  }

  get #digit(): ReadDigit | undefined {
    return this.#digits[this.#selected];
  }

  /** What the selected digit was said to be. Also after it was read once more, by another model. */
  get #correction(): Correction | undefined {
    const { pixels } = this.#digit ?? {};
    return this.#kept.find((one) => pixels?.every((ink, i) => ink === one.pixels[i]));
  }

  async #label(label: string): Promise<void> {
    const digit = this.#digit;
    if (!digit) return;
    const before = this.#correction;
    const correction: Correction = {
      ...identify(),
      // There is one label for each picture, the last.
      ...(before ? { id: before.id } : {}),
      pixels: digit.pixels.slice(),
      label,
      readAs: digit.digit,
      confidence: digit.confidence,
      model: this.#model,
    };
    const undo = async () => {
      if (before) await this.#store.put(before);
      else await this.#store.remove(correction.id);
    };
    this.#say(`Kept as ${label}.`, undo);
    await this.#store.put(correction);
  }

  async #takeBack(): Promise<void> {
    const undo = this.#undo;
    this.#say("Taken back.");
    const label = this.#labels.find(({ ariaPressed }) => ariaPressed === "true");
    const next = this.#digit ? label ?? this.#labels[0] : this.#count;
    next.focus({ preventScroll: true }); // the button goes
    await undo?.();
  }

  async #remove(correction: Correction): Promise<void> {
    this.#say(`Removed the ${correction.label}.`, () => this.#store.put(correction));
    await this.#store.remove(correction.id);
  }

  async #removeAll(): Promise<void> {
    const kept = this.#kept;
    this.#say(`Deleted ${countOf(kept.length)}.`);
    await this.#store.remove(...kept.map(({ id }) => id));
    this.#count.focus();
  }

  async #download(): Promise<void> {
    const corrections = this.#kept;
    const file = `${folderFor(this.#classes)}.zip`;
    const url = URL.createObjectURL(
      new Blob([await toZip(corrections, this.#classes)], { type: "application/zip" }),
    );
    make("a", { href: url, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // a browser may ask first where to put it
    this.#say(`${file} has ${countOf(corrections.length)}.`);
  }

  /** Digits typed within this part are what the digit was. */
  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#dialog.open) return;
    const label = this.#labels.find(({ textContent }) => textContent === event.key);
    if (!label || !this.#digit) return;
    event.preventDefault();
    label.click();
  }

  #say(text: string, undo?: () => Promise<void>): void {
    this.#status.textContent = text;
    this.#undo = undo;
    this.#undoButton.hidden = !undo;
    if (text) this.#announce?.(text);
  }

  #render(): void {
    this.#renderQuestion();
    const { length } = this.#kept;
    this.#problem.textContent = length > 0 ? this.#store.problem ?? "" : "";
    this.#some.hidden = length === 0;
    this.#count.textContent = length === 0
      ? "No corrections are kept in this browser yet"
      : `${countOf(length)} kept in this browser`;
    this.#renderList();
  }

  #renderQuestion(): void {
    const selected = this.#digit;
    this.#hint.hidden = !!selected;
    this.#question.hidden = !selected;
    if (!selected) return;
    const { pixels, digit, confidence } = selected;
    showInk(this.#picture, pixels);
    const place = this.#digits.length > 1
      ? `Digit ${this.#selected + 1} of ${this.#digits.length}, read as `
      : "Read as ";
    this.#reading.replaceChildren(
      place,
      make("strong", { textContent: digit }),
      `, ${percent(confidence)}`,
    );
    const label = this.#correction?.label;
    for (const button of this.#labels) {
      button.ariaPressed = String(button.textContent === label);
    }
  }

  /** A picture each takes time: only where they are looked at. */
  #renderList(): void {
    const all = this.#details.open ? this.#kept.reverse() : [];
    const buttons = () => [...this.#list.querySelectorAll("button")];
    const focused = buttons().findIndex((button) => button === document.activeElement);
    this.#list.replaceChildren(...all.map((correction) => this.#makeItem(correction)));
    this.#list.querySelectorAll("canvas").forEach((canvas, i) => showInk(canvas, all[i].pixels));
    // The focus of a button that has gone comes to the next one.
    if (focused >= 0) (buttons()[Math.min(focused, all.length - 1)] ?? this.#count).focus();
  }

  #makeItem(correction: Correction): HTMLLIElement {
    const { label, readAs, confidence } = correction;
    const picture = makePicture("corrections-thumbnail");
    picture.ariaLabel = `Picture of a ${label}`;
    const remove = makeButton("×", () => this.#remove(correction));
    remove.ariaLabel = `Remove the ${label} that was read as ${readAs}`;
    remove.className = "corrections-remove";
    const text = make(
      "span",
      { className: "corrections-text" },
      make("strong", { textContent: label }),
      make("small", { textContent: `read as ${readAs}, ${percent(confidence)}` }),
    );
    return make("li", {}, picture, text, remove);
  }

  #makeKept(): HTMLElement {
    const download = makeButton("Download", () => this.#download());
    download.className = "corrections-primary";
    const remove = makeButton("Delete all", () => this.#dialog.showModal());
    this.#some.append(
      make("p", {
        textContent: "They stay here. To train with them, download and unpack them, then:",
      }),
      this.#command,
      make("div", { className: "corrections-actions" }, download, remove),
      this.#details,
    );
    return make("section", { className: "corrections-kept" }, this.#count, this.#some);
  }

  #makeDialog(): HTMLDialogElement {
    const text = make("p", {
      id: "corrections-delete",
      textContent: "Delete all corrections that are kept in this browser? There is no way back.",
    });
    const keep = makeButton("Keep them", () => this.#dialog.close());
    const remove = makeButton("Delete all", () => {
      this.#dialog.close();
      this.#removeAll();
    });
    remove.className = "corrections-danger";
    const actions = make("div", { className: "corrections-actions" }, keep, remove);
    const dialog = make("dialog", { className: "corrections-dialog" }, text, actions);
    dialog.setAttribute("aria-labelledby", text.id);
    return dialog;
  }
}

/** What tells a correction from all others, of other tabs too: when it was made, and by chance. */
function identify(): { id: string; at: string } {
  const at = new Date().toISOString();
  // Unlike crypto.randomUUID this is there on pages that came by plain HTTP, too.
  const random = crypto.getRandomValues(new Uint8Array(4));
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id: `${at.replaceAll(/\D/g, "")}-${hex}`, at };
}

function countOf(count: number): string {
  return count === 1 ? "1 correction" : `${count} corrections`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

function makeButton(text: string, onClick: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", textContent: text });
  button.addEventListener("click", onClick);
  return button;
}

function makeGroup(legend: string, buttons: HTMLElement): HTMLFieldSetElement {
  return make("fieldset", {}, make("legend", { textContent: legend }), buttons);
}

function makePicture(className: string): HTMLCanvasElement {
  return make("canvas", {
    className,
    width: 28,
    height: 28,
    role: "img",
    ariaLabel: "The digit as the network sees it",
  });
}
