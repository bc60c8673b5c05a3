import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { decode } from "../../lib/image/decode.ts";
import type { Architecture, Layer } from "../../lib/model/layers.ts";
import { initialWeights } from "../../lib/model/layers.ts";
import { Random } from "../../lib/random.ts";
import { firstLayer } from "../../lib/report/filters.ts";
import { encodePng, pngUri } from "../../lib/report/png.ts";

/** The pixels of a data URI, by the decoder that reads people's pictures. */
async function pixelsOf(uri: string) {
  const [, base64] = /^data:image\/png;base64,(.*)$/.exec(uri)!;
  return await decode(Uint8Array.fromBase64(base64));
}

Deno.test("pngUri() gives a PNG of greys", async () => {
  const { width, height, data } = await pixelsOf(
    await pngUri(Uint8Array.of(0, 9, 99, 255, 1, 2), 3, 2),
  );
  assertEquals([width, height], [3, 2]);
  const greys = [0, 9, 99, 255, 1, 2];
  assertEquals([...data], greys.flatMap((grey) => [grey, grey, grey, 255]));
});

Deno.test("pngUri() gives a PNG with a palette that may be transparent", async () => {
  const palette = [[1, 2, 3, 255], [200, 100, 50, 255], [7, 8, 9, 0]] as const;
  const { data } = await pixelsOf(await pngUri(Uint8Array.of(1, 0, 2, 1), 2, 2, palette));
  assertEquals([...data.subarray(0, 8)], [...palette[1], ...palette[0]]);
  assertEquals([data[11], data[15]], [0, 255]);
});

Deno.test("encodePng() gives a PNG of colours", async () => {
  const samples = Uint8Array.of(255, 0, 9, 1, 2, 3, 70, 80, 90, 4, 5, 6);
  const { width, height, data } = await decode(await encodePng(samples, 2, 2, "rgb"));
  assertEquals([width, height], [2, 2]);
  assertEquals([...data], [255, 0, 9, 255, 1, 2, 3, 255, 70, 80, 90, 255, 4, 5, 6, 255]);
});

Deno.test("encodePng() says what made the picture, in a chunk that decoders pass over", async () => {
  const bytes = await encodePng(Uint8Array.of(7), 1, 1, "grey", "digits");
  assertStringIncludes(new TextDecoder("latin1").decode(bytes), "tEXtSoftware\0digits");
  assertEquals([...(await decode(bytes)).data], [7, 7, 7, 255]);
});

Deno.test("encodePng() wants as many samples as the picture has", async () => {
  await assertRejects(() => encodePng(new Uint8Array(5), 2, 2), TypeError, "Expected 2x2 samples");
  await assertRejects(
    () => encodePng(new Uint8Array(4), 2, 2, "rgb"),
    TypeError,
    "Expected 2x2x3 samples, found 4",
  );
});

const head: Layer = { type: "dense", units: 10, activation: "softmax" };

function network(inputShape: [number, number, number], ...layers: Layer[]) {
  const architecture: Architecture = { inputShape, layers: [...layers, head] };
  return { architecture, weights: initialWeights(architecture, new Random(1)) };
}

Deno.test("firstLayer() takes a convolution's filters apart", () => {
  const { architecture, weights } = network(
    [6, 6, 1],
    { type: "conv2d", filters: 4, kernelSize: 3, padding: "same", activation: "relu" },
    { type: "flatten" },
  );
  const { type, name, filters } = firstLayer(architecture, weights)!;
  assertEquals([type, name, filters.length], ["conv2d", "conv2d", 4]);
  const [, , third] = filters;
  assertEquals([third.height, third.width], [3, 3]);
  // The kernel is [3, 3, 1, 4].
  const own = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => weights[0].data[4 * i + 2]);
  const largest = Math.max(...own.map(Math.abs));
  third.values.forEach((value, i) => assertAlmostEquals(value, own[i] / largest, 1e-6));
});

Deno.test("firstLayer() takes all that goes into a unit of a dense layer for a picture", () => {
  const { architecture, weights } = network(
    [3, 4, 1],
    { type: "flatten" },
    { type: "dense", units: 5, activation: "relu" },
  );
  const { type, filters } = firstLayer(architecture, weights)!;
  assertEquals([type, filters.length, filters[0].height, filters[0].width], ["dense", 5, 3, 4]);
  assertEquals(Math.max(...filters[4].values.map(Math.abs)), 1);
  const ratio = weights[0].data[5 * 7 + 4] / weights[0].data[4];
  assertAlmostEquals(filters[4].values[7] / filters[4].values[0], ratio, 1e-4);
});

Deno.test("firstLayer() stands a unit without weights", () => {
  const { architecture, weights } = network([2, 2, 1], { type: "flatten" });
  weights[0].data.fill(0);
  assertEquals([...firstLayer(architecture, weights)!.filters[0].values], [0, 0, 0, 0]);
});

Deno.test("firstLayer() gives nothing where no layer sees the picture", () => {
  const coloured = network([3, 3, 3], { type: "flatten" });
  assertEquals(firstLayer(coloured.architecture, coloured.weights), undefined);
  const pooled = network([4, 4, 1], { type: "maxPooling2d", poolSize: 2 }, { type: "flatten" });
  assertEquals(firstLayer(pooled.architecture, pooled.weights), undefined);
});
