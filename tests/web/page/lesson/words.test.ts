import { assert, assertEquals } from "@std/assert";
import {
  evidenceWords,
  layerWords,
  shapeWords,
  temperatureWords,
} from "../../../../lib/web/page/lesson/words.ts";
import type { Layer } from "../../../../lib/model/layers.ts";
import { RECIPES } from "../../../../lib/model/recipes.ts";

Deno.test("layerWords() names a layer with its settings, and the activation that is part of it", () => {
  const titles = (layers: readonly Layer[]) => layers.map((layer) => layerWords(layer).title);
  assertEquals(titles(RECIPES.cnn.layers), [
    "Convolution, 3\u00a0×\u00a03, 32 filters, ReLU",
    "Max-pooling, 2\u00a0×\u00a02",
    "Convolution, 3\u00a0×\u00a03, 64 filters, ReLU",
    "Max-pooling, 2\u00a0×\u00a02",
    "Flatten",
    "Dense, 128 units, ReLU",
    "Dense, 10 units, softmax",
  ]);
  assertEquals(titles(RECIPES.best.layers).slice(0, 4), [
    "Convolution, 3\u00a0×\u00a03, 32 filters",
    "Max-pooling, 2\u00a0×\u00a02",
    "Batch normalisation",
    "ReLU",
  ]);
  assertEquals(titles(RECIPES.best.layers).at(-2), "Dropout, 40 %");
});

Deno.test("layerWords() says of ReLU and of a border only where there is one", () => {
  const sentence = (layer: Layer) => layerWords(layer).sentence;
  const convolution: Layer = {
    type: "conv2d",
    filters: 8,
    kernelSize: 5,
    padding: "valid",
    activation: "linear",
  };
  assert(sentence(convolution).includes("window of 5\u00a0×\u00a05"));
  assert(!/ReLU|border/.test(sentence(convolution)));
  assert(sentence({ ...convolution, padding: "same" }).includes("border"));
  assert(sentence({ ...convolution, activation: "relu" }).includes("ReLU"));
});

Deno.test("shapeWords() and temperatureWords() say numbers as people write them", () => {
  assertEquals([shapeWords([26, 26, 32]), shapeWords([1152])], [
    "26\u00a0×\u00a026\u00a0×\u00a032",
    "1,152",
  ]);
  assert(temperatureWords(0.4891).includes("0.49"));
});

Deno.test("evidenceWords() says where the most is, and whether it is ink", () => {
  const pixels = new Uint8Array(784);
  const occlusion = new Float32Array(784);
  assertEquals(
    evidenceWords(pixels, occlusion),
    "No single place speaks for it. No single place speaks against it.",
  );
  pixels[28 * 14 + 2] = 255;
  occlusion[28 * 14 + 2] = 3;
  occlusion[28 * 1 + 14] = -2;
  assertEquals(
    evidenceWords(pixels, occlusion),
    "What speaks most for it is the ink on the left. " +
      "What speaks most against it is the empty paper at the top.",
  );
  occlusion[28 * 1 + 14] = -0.5; // beside 3
  assert(evidenceWords(pixels, occlusion).endsWith("No single place speaks against it."));
});
