// A digit of the answer: what the network saw, what it was read as, and how probable each class is.

/// <reference lib="dom" />
import { separatorOf } from "../../data/classes.ts";
import type { Digit } from "../../recognise.ts";
import { percent } from "../../report/reading.ts";
import { make, showInk } from "./dom.ts";

/** As many classes have a bar each side by side, in their order; */
const MOST_COLUMNS = 12;
/** of more, or of long names, so many of the likeliest are listed. */
const ROWS = 5;

export class Card {
  /** An item of a list. */
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #ink = make("canvas", { width: 28, height: 28, className: "ink" });
  readonly #value = make("span", { className: "value" });
  readonly #confidence = make("span", { className: "confidence" });
  readonly #bars = make("span", { className: "bars", role: "img" });

  /** @param onSelect Hears that a person wants to know more of it. */
  constructor(onSelect: () => void) {
    const parts = [this.#ink, this.#value, this.#confidence, this.#bars];
    this.#button = make(
      "button",
      { type: "button", className: "card", onclick: onSelect },
      ...parts,
    );
    this.element = make("li", {}, this.#button);
  }

  /** @param ink The colour of ink. */
  show(digit: Digit, ink: string): void {
    const { digit: name, confidence, alternatives, pixels, uncertain } = digit;
    this.#button.dataset.state = uncertain ? "uncertain" : "certain";
    showInk(this.#ink, pixels, ink);
    this.#value.textContent = name;
    this.#confidence.textContent = percent(confidence);

    const likeliest = [{ digit: name, confidence }, ...alternatives];
    const areShort = separatorOf(likeliest.map((each) => each.digit)) === "";
    this.#button.classList.toggle("words", !areShort);
    const haveRoom = areShort && likeliest.length <= MOST_COLUMNS;
    this.#bars.classList.toggle("rows", !haveRoom);
    const inOrder = haveRoom
      ? likeliest.toSorted((a, b) => compare(a.digit, b.digit))
      : likeliest.slice(0, ROWS);
    while (this.#bars.childElementCount > inOrder.length) this.#bars.lastChild!.remove();
    while (this.#bars.childElementCount < inOrder.length) {
      this.#bars.append(
        make("span", { className: "column" }, make("span", { className: "bar" }), ""),
      );
    }
    inOrder.forEach((each, i) => {
      const column = this.#bars.children[i] as HTMLElement;
      column.title = `${each.digit}: ${percent(each.confidence)}`;
      column.toggleAttribute("data-best", each.digit === name);
      column.lastChild!.textContent = each.digit;
      const bar = column.firstElementChild as HTMLElement;
      bar.style.setProperty("--share", each.confidence.toFixed(4));
    });
    this.#bars.ariaLabel = likeliest.slice(0, 3)
      .map((each) => `${each.digit}: ${percent(each.confidence)}`).join(", ");
  }

  set isSelected(isSelected: boolean) {
    this.#button.ariaPressed = String(isSelected);
  }
}

const { compare } = new Intl.Collator("en", { numeric: true });
