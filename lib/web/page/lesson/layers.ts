// The lesson's second part: what each layer makes of the digit.

/// <reference lib="dom" />

import type { LayerOutput } from "../../../model/activations.ts";
import type { Explanation } from "../../../model/explanation.ts";
import { percent } from "../../../report/reading.ts";
import { make } from "../dom.ts";
import { key, type Part, picture } from "./part.ts";
import { drawMaps } from "./pictures.ts";
import { layerWords, shapeWords, temperatureWords } from "./words.ts";

/** All layers, first to last. */
export function showLayers(explanation: Explanation): Part {
  const parts = explanation.layers.map((output) => showLayer(output, explanation));
  return {
    elements: [
      make("h3", { textContent: "Layer by layer" }),
      legend(),
      make("ol", { className: "lesson-layers" }, ...parts.flatMap(({ elements }) => elements)),
    ],
    draw: () => parts.forEach(({ draw }) => draw()),
  };
}

function legend(): HTMLElement {
  return make(
    "p",
    { className: "lesson-legend" },
    "Every square is a number:",
    key("positive", "large"),
    key("negative", "negative"),
    key("zero", "near 0"),
  );
}

/** What a layer is, what it does, and what it gave. */
function showLayer(output: LayerOutput, explanation: Explanation): Part {
  const { layer, shape } = output;
  const { title, sentence } = layerWords(layer);
  const text = make(
    "div",
    {},
    make("h4", { textContent: title }),
    make("p", { className: "lesson-shape", textContent: `gives ${shapeWords(shape)} numbers` }),
    make("p", { textContent: sentence }),
  );
  const element = make("li", {}, text);
  const still: Part = { elements: [element], draw() {} };
  if (layer.type === "dropout") return still;
  if ("activation" in layer && layer.activation === "softmax") {
    const { temperature } = explanation;
    if (temperature !== 1) text.append(make("p", { textContent: temperatureWords(temperature) }));
    element.append(showProbabilities(output, explanation));
    return still;
  }
  const maps = picture(
    shape.length === 3 ? `${shape[2]} maps of ${shape[0]} × ${shape[1]}` : `${shape[0]} numbers`,
  );
  const box = make("div", { className: "lesson-maps" }, maps);
  element.append(box);
  return { elements: [element], draw: () => drawMaps(maps, output, box.clientWidth) };
}

/** The last layer: its sums, and the probabilities that come of them. */
function showProbabilities(
  { values }: LayerOutput,
  { classes, probabilities }: Explanation,
): HTMLElement {
  const best = Math.max(...probabilities);
  const rows = classes.map((name, k) => {
    const bar = make("span", { className: "lesson-bar" });
    bar.style.setProperty("--share", String(probabilities[k]));
    const row = make(
      "tr",
      {},
      make("th", { scope: "row", textContent: name }),
      make("td", { textContent: values[k].toFixed(2).replace("-", "−") }),
      make("td", { textContent: percent(probabilities[k]) }),
      make("td", {}, bar),
    );
    row.toggleAttribute("data-best", probabilities[k] === best);
    return row;
  });
  const headings = ["class", "sum", "probability"]
    .map((textContent) => make("th", { scope: "col", textContent }));
  return make(
    "table",
    { className: "lesson-probabilities" },
    make("thead", {}, make("tr", {}, ...headings, make("td"))),
    make("tbody", {}, ...rows),
  );
}
