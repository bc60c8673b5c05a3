// What the lesson's parts are made of.

/// <reference lib="dom" />

import { make } from "../dom.ts";

/** Some of the lesson, with pictures that are drawn once it is in the page. */
export interface Part {
  elements: HTMLElement[];
  /** Draws them, for the present width and colours. */
  draw(): void;
}

/** A picture, and what it says to those who do not see it. */
export function picture(label: string): HTMLCanvasElement {
  const canvas = make("canvas", { role: "img" });
  canvas.ariaLabel = label;
  return canvas;
}

/** An entry of a legend: a colour of lesson.css, and what it stands for. */
export function key(kind: string, text: string): HTMLElement {
  return make(
    "span",
    { className: "lesson-key" },
    make("span", { className: `lesson-swatch ${kind}` }),
    text,
  );
}
