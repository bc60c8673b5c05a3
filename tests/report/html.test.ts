import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Model } from "../../lib/model/format.ts";
import { type Architecture, initialWeights } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import type { Metrics } from "../../lib/model/metrics.ts";
import { Random } from "../../lib/random.ts";
import { assess } from "../../lib/report/assess.ts";
import { reportHtml, type ReportInput } from "../../lib/report/report.ts";

const CLASSES = ["<a>", "b&", '"c"'];

const ARCHITECTURE: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    { type: "flatten" },
    { type: "dense", units: 4, activation: "relu" },
    { type: "dense", units: 3, activation: "softmax" },
  ],
};

const METRICS: Metrics = {
  recipe: "small",
  classic: false,
  parameters: 3155,
  seed: 8,
  epochs: 3,
  batchSize: 64,
  backend: "simd, 1 thread",
  versions: { digits: "0.1.0" },
  dataset: {
    name: "made",
    source: "nowhere",
    sha256: {},
    train: 1200,
    drawn: 0,
    validation: 100,
    test: 60,
  },
  classes: CLASSES,
  history: [1, 2, 3].map((epoch) => ({
    epoch,
    loss: 0.4 / epoch,
    accuracy: 1 - 0.1 / epoch,
    valLoss: 0.5 / epoch,
    valAccuracy: 1 - 0.2 / epoch,
    seconds: 1.25,
    samplesPerSecond: 960,
  })),
  temperature: 2,
  test: { loss: 0.1, accuracy: 0.9 },
  seeds: { first: 7, n: 2, mean: 0.905, std: 0.007, values: [0.91, 0.9], validation: [0.92, 0.93] },
};

/** 60 examples of three classes, four of five right. */
function input(temperature = 2): ReportInput {
  const random = new Random(1);
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
  const logits = Float32Array.from({ length: 180 }, (_, i) => {
    const [example, k] = [Math.floor(i / 3), i % 3];
    const read = example % 5 === 0 ? (labels[example] + 1) % 3 : labels[example];
    return random.uniform(0, 2) + (k === read ? 3 : 0);
  });
  const weights = initialWeights(ARCHITECTURE, random);
  const model: Model = { name: "m", architecture: ARCHITECTURE, weights, classes: CLASSES };
  return {
    name: "small",
    model: { ...model, temperature },
    metrics: METRICS,
    dataset: "made",
    assessment: assess(logits, labels, temperature),
    images: Uint8Array.from({ length: 60 * 784 }, () => random.integer(256)),
  };
}

/** Fails unless every element that is opened is closed, in order. */
function assertBalanced(page: string): void {
  const EMPTY = ["meta", "img", "!DOCTYPE"];
  const open: string[] = [];
  for (const [tag, slash, name, own] of page.matchAll(/<(\/?)([a-z!][\w]*)[^>]*?(\/?)>/gi)) {
    if (own || EMPTY.includes(name)) continue;
    if (!slash) open.push(name);
    else assertEquals(open.pop(), name, tag);
  }
  assertEquals(open, []);
}

/** The text of the element that begins with `start`. */
function inside(page: string, start: string, end: string): string {
  const from = page.indexOf(start);
  assert(from >= 0, start);
  return page.slice(from, page.indexOf(end, from));
}

Deno.test("reportHtml() makes a page that needs nothing from elsewhere", async () => {
  const page = await reportHtml(input());
  assertBalanced(page);
  for (const [, uri] of page.matchAll(/(?:src|href|action|data)="([^"]*)"/g)) {
    assertMatch(uri, /^data:image\/png;base64,/);
  }
  assert(!/<(script|link|iframe|object|base)|https?:|url\(|@import|\bon\w+=|\bstyle=/i.test(page));
  const [, style] = /<style>(.*?)<\/style>/s.exec(page)!;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = new Uint8Array(digest).toBase64();
  assertStringIncludes(
    page,
    `content="default-src 'none'; img-src data:; style-src 'sha256-${hash}'`,
  );
});

Deno.test("reportHtml() has every figure, named for those who cannot see it", async () => {
  const page = await reportHtml(input());
  const figures = ["loss-curve", "accuracy-curve", "class-bars", "confusion-matrix", "reliability"];
  for (const id of figures) {
    const svg = inside(
      page,
      `role="img" aria-labelledby="${id}-title ${id}-description"`,
      "</svg>",
    );
    assertMatch(svg, new RegExp(`<title id="${id}-title">[^<]+</title>`));
    assertMatch(svg, new RegExp(`<desc id="${id}-description">[^<]+</desc>`));
    assert(!/NaN|undefined|Infinity/.test(svg), svg);
  }
  assertEquals(page.match(/<svg /g)!.length, figures.length);
  assertEquals(page.match(/alt="Test picture \d+"/g)!.length, 12); // all the errors
  assertEquals(inside(page, '<div class="tiles">', "</div>").match(/<img /g)!.length, 4);
  const headings = [...page.matchAll(/<h(\d)>([^<]*)/g)].map(([, level, text]) => level + text);
  assertEquals(headings, [
    "1small on made",
    ...["2Training", "3Seeds", "2Classes", "2Confusion matrix", "2Calibration", "2Errors"],
    ...["2First layer", "2How it was made"],
  ]);
});

Deno.test("reportHtml() shows the figures that were measured", async () => {
  const { assessment } = input();
  const page = await reportHtml(input());
  const { loss, uncalibrated, expectedCalibrationError: error } = assessment;
  for (
    const [name, value] of [["accuracy", "80.00 %"], ["errors of 60", "12"], [
      "loss",
      loss.toFixed(4),
    ]]
  ) {
    assertStringIncludes(page, `<dt>${name}</dt><dd>${value}</dd>`);
  }
  assertStringIncludes(page, `${(100 * error).toFixed(2)} % instead of`);
  assertStringIncludes(page, `instead of ${uncalibrated!.loss.toFixed(4)}`);

  const heat = inside(page, 'aria-labelledby="confusion-matrix', "</svg>");
  const cells = [
    ...heat.matchAll(/<g><title>([^<]*): (\d+) of 20<\/title>.*?>(\d+)<\/text><\/g>/g),
  ];
  assertEquals(
    cells.map(([, , said, shown]) => [said, shown]).flat(),
    assessment.confusionMatrix.flat().filter((count) => count > 0)
      .flatMap((count) => [String(count), String(count)]),
  );
  const bars = inside(page, 'aria-labelledby="class-bars', "</svg>");
  assertEquals(
    [...bars.matchAll(/<title>[^<]*, (\w+): ([^<]*)<\/title>/g)].map(([, ...said]) => said),
    assessment.classes.flatMap((scores) =>
      (["precision", "recall", "f1"] as const).map((
        score,
      ) => [score === "f1" ? "F1" : score, String(Number(scores[score].toFixed(4)))])
    ),
  );
  const curve = inside(page, 'aria-labelledby="loss-curve', "</svg>");
  assertEquals(
    [...curve.matchAll(/<title>([^<]*)<\/title>/g)].map(([, said]) => said),
    ["training", "validation"].flatMap((name, i) =>
      [1, 2, 3].map((epoch) =>
        `${name}, epoch ${epoch}: ${Number(([0.4, 0.5][i] / epoch).toFixed(4))}`
      )
    ),
  );
  const seeds = inside(page, "<h3>Seeds</h3>", "</table>");
  assertStringIncludes(seeds, '<th scope="row">7</th><td>91.00 %</td><td>92.00 %</td>');
  assertStringIncludes(seeds, '<th scope="row">8 (kept)</th><td>90.00 %</td><td>93.00 %</td>');
});

Deno.test("reportHtml() draws a curve to scale", async () => {
  const page = await reportHtml(input());
  const curve = inside(page, 'aria-labelledby="loss-curve', "</svg>");
  const points = [...curve.matchAll(/<circle class="point first" cx="([\d.]+)" cy="([\d.]+)"/g)]
    .map(([, x, y]) => [Number(x), Number(y)]);
  // The losses are 0.4, 0.2 and 0.1333 at epochs 1, 2 and 3.
  assert(Math.abs(points[1][0] - points[0][0] - (points[2][0] - points[1][0])) < 0.1);
  const falls = (points[1][1] - points[0][1]) / (points[2][1] - points[1][1]);
  assert(Math.abs(falls - 0.2 / (0.2 - 0.4 / 3)) < 0.05, String(falls));
});

Deno.test("reportHtml() lets no name be markup", async () => {
  const page = await reportHtml({ ...input(), name: "<script>1</script>" });
  assertBalanced(page);
  assert(!page.includes("<script") && !page.includes("<a>"));
  assertStringIncludes(page, "&lt;a&gt; read as b&amp;");
});

Deno.test("reportHtml() does with what is there", async () => {
  const { metrics: _, ...foreign } = input(1);
  const page = await reportHtml(foreign);
  assertBalanced(page);
  assert(!/<h2>(Training|How it was made)/.test(page));
  assertStringIncludes(page, "the model has no temperature");

  const [first] = METRICS.history;
  const history = [{ ...first, valLoss: null, valAccuracy: null }];
  const { seeds: __, ...metrics } = { ...METRICS, history };
  const short = await reportHtml({ ...input(), metrics });
  assertBalanced(short);
  assert(!/NaN|undefined|Infinity|<h3>Seeds/.test(short));
  assert(!inside(short, 'aria-labelledby="loss-curve', "</svg>").includes("validation"));

  const labels = Uint8Array.of(0, 1, 2);
  const perfect = assess(Float32Array.of(9, 0, 0, 0, 9, 0, 0, 0, 9), labels);
  const faultless = await reportHtml({ ...input(), assessment: perfect });
  assertBalanced(faultless);
  assert(!/NaN|undefined|Infinity/.test(faultless));
  assertStringIncludes(faultless, "<p>None.</p>");
});

Deno.test("reportHtml() tells of corrupted pictures", async () => {
  const corrupted = [{ name: "shot_noise", accuracy: 0.9 }, { name: "fog", accuracy: 0.6 }];
  const page = await reportHtml({ ...input(), corrupted });
  assertStringIncludes(page, '<th scope="row">shot noise</th><td>90.00 %</td>');
  assertStringIncludes(page, "75.00 % on average");
});

Deno.test("reportHtml() keeps within a megabyte for a network of 128 units", async () => {
  const { inputShape, layers } = RECIPES.dense;
  const architecture = { inputShape, layers };
  const weights = initialWeights(architecture, new Random(1));
  const logits = Float32Array.from({ length: 600 }, (_, i) => i % 7);
  const classes = [..."0123456789"];
  const page = await reportHtml({
    ...input(),
    model: { name: "dense", architecture, weights, classes },
    assessment: assess(logits, new Uint8Array(60)),
  });
  assertEquals(inside(page, '<div class="tiles">', "</div>").match(/<img /g)!.length, 128);
  assert(page.length < 1e6, String(page.length));
});

Deno.test("reportHtml() stands names upright that are wider than their columns", async () => {
  const { page, height } = await pageOf(["Ankle boot", "b", "c"]);
  const upright = [...page.matchAll(/rotate\(-90\)" dy="0.35em" text-anchor="(\w+)">Ankle boot</g)];
  assertEquals(upright.map(([, anchor]) => anchor), ["start"]); // above a column; three bars have room
  const short = await pageOf(["a", "b", "c"]);
  assert(short.height < height && !short.page.includes('rotate(-90)" dy'));
});

/** A page about a model with such classes, and how high its confusion matrix is. */
async function pageOf(classes: readonly string[]): Promise<{ page: string; height: number }> {
  const made = input();
  const page = await reportHtml({ ...made, model: { ...made.model, classes } });
  assertBalanced(page);
  const [, height] = page.match(/height="([\d.]+)"[^>]*aria-labelledby="confusion-matrix/)!;
  return { page, height: Number(height) };
}
