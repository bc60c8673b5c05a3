// What the page says that it has read.

/// <reference lib="dom" />
import { separatorOf } from "../../data/classes.ts";
import type { Digit } from "../../recognise.ts";
import { percent } from "../../report/reading.ts";
import { Card } from "./card.ts";
import { find, make } from "./dom.ts";
import type { Answer } from "./engine.ts";
import type { Area } from "./sheet.ts";

/** An answer, and where on the sheet the picture is that it is about. */
export interface Placed {
  answer: Answer;
  /** The part of the sheet that the picture takes. */
  area: Area;
  /** The picture's size in the pixels that boxes are in. */
  width: number;
  height: number;
}

/** So long after the last change a screen reader is told: not in the middle of a stroke. */
const ANNOUNCE_AFTER_MS = 700;

export class AnswerView {
  readonly #section = find("answer", HTMLElement);
  readonly #reading = find("reading", HTMLElement);
  readonly #verdict = find("verdict", HTMLElement);
  readonly #digits = find("digits", HTMLElement);
  readonly #boxes = find("boxes", SVGSVGElement);
  readonly #duration = find("duration", HTMLElement);
  readonly #announcement = find("announcement", HTMLElement);
  /** As many as were ever shown at the same time. */
  readonly #cards: Card[] = [];
  readonly #onSelect: (index: number) => void;
  #announcing: ReturnType<typeof setTimeout> | undefined;

  /** @param onSelect Hears which digit a person wants to know more of. */
  constructor({ onSelect }: { onSelect: (index: number) => void }) {
    this.#onSelect = onSelect;
  }

  /** Whether the answer is to be another soon. */
  set busy(busy: boolean) {
    this.#section.ariaBusy = String(busy);
  }

  /** @param paper All of the sheet. */
  show({ answer, area, width, height }: Placed, paper: Area): void {
    const { digits, classes, milliseconds } = answer;
    const lines = [...Map.groupBy(digits, ({ line }) => line).values()];
    const separator = separatorOf(classes);
    this.#reading.replaceChildren(...lines.map((line) => lineOf(line, separator)));
    const widths = lines.map((line) => widthOf(line, separator));
    this.#reading.style.setProperty("--length", String(Math.max(1, ...widths)));
    this.#verdict.textContent = verdictOf(digits);
    this.#verdict.dataset.state = stateOf(digits);
    this.#duration.textContent = `Read in ${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
    while (this.#cards.length < digits.length) {
      const index = this.#cards.length;
      this.#cards.push(new Card(() => this.#onSelect(index)));
    }
    const ink = getComputedStyle(this.#digits).color;
    digits.forEach((digit, i) => this.#cards[i].show(digit, ink));
    this.#showCards(digits.length);

    this.#boxes.setAttribute("viewBox", `0 0 ${paper.width} ${paper.height}`);
    const [scaleX, scaleY] = [area.width / width, area.height / height];
    this.#boxes.replaceChildren(...digits.map((digit) => {
      const [x, y, w, h] = digit.box;
      const box = {
        x: area.x + scaleX * x,
        y: area.y + scaleY * y,
        width: scaleX * w,
        height: scaleY * h,
      };
      return drawBox(digit, box);
    }));
    this.announce(`${digits.length > 0 ? `Read ${spoken(digits)}. ` : ""}${verdictOf(digits)}`);
  }

  /** Shows which digit is selected. */
  select(index: number): void {
    this.#cards.forEach((card, i) => card.isSelected = i === index);
    [...this.#boxes.children].forEach((box, i) => box.classList.toggle("selected", i === index));
  }

  /** Shows that there is nothing to be read. */
  clear(): void {
    this.#reading.replaceChildren();
    this.#verdict.textContent = "";
    delete this.#verdict.dataset.state;
    this.#showCards(0);
    this.#boxes.replaceChildren();
    this.#duration.textContent = "";
    this.announce("");
  }

  /** Has a screen reader say something, unless something newer comes soon. */
  announce(text: string): void {
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => this.#announcement.textContent = text, ANNOUNCE_AFTER_MS);
  }

  /** Cards that are shown already stay where they are, and keep the focus. */
  #showCards(count: number): void {
    while (this.#digits.childElementCount > count) this.#digits.lastChild!.remove();
    const shown = this.#digits.childElementCount;
    this.#digits.append(...this.#cards.slice(shown, count).map(({ element }) => element));
  }
}

/** A line of digits; those are marked that are not certain. */
function lineOf(digits: readonly Digit[], separator: string): HTMLElement {
  const texts = digits.flatMap(({ digit, uncertain }, i) => [
    ...(i > 0 ? [separator] : []),
    uncertain ? make("span", { className: "uncertain" }, digit, make("sup", {}, "?")) : digit,
  ]);
  return make("span", { className: "line" }, ...texts);
}

/** About how many digits wide a line is: a question mark takes a third. */
function widthOf(digits: readonly Digit[], separator: string): number {
  const text = digits.map(({ digit }) => digit).join(separator);
  return [...text].length + digits.filter(({ uncertain }) => uncertain).length / 3;
}

function stateOf(digits: readonly Digit[]): "certain" | "uncertain" | "nothing" {
  if (digits.length === 0) return "nothing";
  return digits.some(({ uncertain }) => uncertain) ? "uncertain" : "certain";
}

function verdictOf(digits: readonly Digit[]): string {
  const uncertain = digits.filter((digit) => digit.uncertain).length;
  if (digits.length === 0) return "Nothing there that could be read";
  if (uncertain === 0) {
    const least = Math.min(...digits.map(({ confidence }) => confidence));
    return digits.length === 1
      ? `${percent(least)} sure`
      : `At least ${percent(least)} sure of each`;
  }
  if (digits.length === 1) return "Not sure: it may be something else";
  return `Not sure of ${uncertain} of ${digits.length}: those with a question mark`;
}

/** With spaces, so that it is read digit by digit. */
function spoken(digits: readonly Digit[]): string {
  return digits.map(({ digit }) => digit).join(" ");
}

const SVG = "http://www.w3.org/2000/svg";

function drawBox({ digit, uncertain }: Digit, box: Area): SVGElement {
  const group = document.createElementNS(SVG, "g");
  group.classList.add("box");
  group.classList.toggle("uncertain", uncertain);
  const frame = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries(box)) frame.setAttribute(name, String(value));
  const label = document.createElementNS(SVG, "text");
  label.setAttribute("x", String(box.x));
  label.setAttribute("y", String(box.y - LABEL_GAP));
  label.textContent = digit + (uncertain ? "?" : "");
  group.append(frame, label);
  return group;
}

/** Between a box and its label, in widths of the sheet. */
const LABEL_GAP = 0.008;
