// The lesson's first part: which pixels speak for the answer.

/// <reference lib="dom" />

import type { Explanation } from "../../../model/explanation.ts";
import { percent } from "../../../report/reading.ts";
import { make } from "../dom.ts";
import { key, type Part, picture } from "./part.ts";
import { drawDigit, drawEvidence } from "./pictures.ts";
import { evidenceWords } from "./words.ts";

/**
 * The digit as it is, beside it what speaks for the class and what against it, and that in words.
 *
 * @param pixels (28, 28) row-major, 0 paper to 255 ink.
 * @param className The class that `explanation` is about.
 */
export function showEvidence(
  pixels: Uint8Array,
  className: string,
  { occlusion, probabilities, classes }: Explanation,
): Part {
  const words = evidenceWords(pixels, occlusion);
  const digit = picture("The digit as the network sees it");
  const evidence = picture(`What speaks for ${className} and what against it. ${words}`);
  const probability = percent(probabilities[classes.indexOf(className)]);
  const elements = [
    make("h3", { textContent: `Why ${className}?` }),
    make(
      "div",
      { className: "lesson-evidence" },
      make(
        "figure",
        {},
        digit,
        make("figcaption", { textContent: "What it sees: 28\u00a0×\u00a028 pixels" }),
      ),
      make(
        "figure",
        {},
        evidence,
        make(
          "figcaption",
          {},
          key("for", `speaks for ${className}`),
          key("against", "against it"),
        ),
      ),
      make(
        "div",
        { className: "lesson-reason" },
        make("p", {
          className: "lesson-finding",
          textContent: `The network gives ${className} a probability of ${probability}. ${words}`,
        }),
        make("p", {
          textContent: "To find out, a small square was moved across the picture: where there is " +
            "ink it took the ink away, where there is none it added some. Orange is where that " +
            `made ${className} less likely, blue where it made it more likely. So orange ink is ` +
            "ink that counts, and orange paper is where it counts that there is none.",
        }),
      ),
    ),
  ];
  return {
    elements,
    draw: () => {
      drawDigit(digit, pixels);
      drawEvidence(evidence, pixels, occlusion);
    },
  };
}
