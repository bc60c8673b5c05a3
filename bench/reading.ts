// How much of people's own pictures is read rightly, and how fast: on scenes that the project makes
// (tests/image/scenes.ts), on a folder of pictures with known labels if there is one, and by size.

import { chooseBackend } from "../lib/backend/choose.ts";
import { decode } from "../lib/image/decode.ts";
import { loadShowing } from "../lib/load.ts";
import { DEFAULT_MODEL, REJECT_MODEL } from "../lib/model/format.ts";
import { loadModel } from "../lib/model/store.ts";
import {
  openClassifier,
  read,
  type Reading,
  recognise,
  type RecogniseOptions,
} from "../lib/recognise.ts";
import { COSTLY, type Hand, KINDS, makeScene, mnistHand, PEN } from "../tests/image/scenes.ts";
import { interleave, status } from "./contender.ts";
import {
  digitShare,
  exactShare,
  joined,
  keepingThreshold,
  meanOverGroups,
  type Outcome,
  percent,
  share,
} from "./reading_score.ts";
import { PICTURES } from "./reading_pictures.ts";
import type { Section } from "./section.ts";
import { median, medianRatio, ratioText, table, threeDigits } from "./table.ts";

const SCENES = 40; // of each kind
const SEED = 5;
const ROUNDS = 11;
/** Training pictures of MNIST that the scenes are written with: the last, so many. */
const HANDS = 3000;

/** Of digits, by the threshold that what is no digit is measured at. */
const KEPT = 0.99;

/** How a reader is asked: that there is one digit, or to find out how many there are. */
interface Asking {
  one: RecogniseOptions;
  any: RecogniseOptions;
}

/** The same picture read in both ways. */
interface Pair {
  one: Outcome;
  any: Outcome;
}

/** What came of the scenes of each kind. */
type Results = [kind: string, pairs: Pair[]][];

export const reading: Section = async ({ pictures, scenes = SCENES, rounds = ROUNDS }) => {
  const [model, reject] = await Promise.all(
    [DEFAULT_MODEL, REJECT_MODEL].map((name) => loadModel(`models/${name}`)),
  );
  const { backend } = await chooseBackend("simd", { threads: 1 });
  const any = {
    ...openClassifier(backend, model),
    classes: model.classes,
    reject: openClassifier(backend, reject),
    single: false,
  };
  const one = { ...any, single: true };
  const asking: Asking = { one, any };
  try {
    const answers = pictures === undefined ? [] : await readPictures(asking, pictures);
    return [
      ...await onScenes(asking, scenes, answers),
      ...(answers.length === 0 ? [] : picturesTables(answers)),
      ...await bySize(any, rounds),
    ].join("\n");
  } finally {
    any.network.dispose();
    any.reject.network.dispose();
  }
};

async function onScenes(
  asking: Asking,
  count: number,
  answers: readonly Answered[],
): Promise<string[]> {
  const { hand, name } = await findHand();
  const results: Results = [];
  for (const kind of Object.keys(KINDS)) {
    const pairs: Pair[] = [];
    const scenes = COSTLY.has(kind) ? Math.ceil(count / 10) : count;
    for (let index = 0; index < scenes; index++) {
      status.update(`${kind} ${index + 1}/${scenes}`);
      const { text, picture } = await makeScene(kind, { seed: SEED, index, hand });
      pairs.push(await inBothWays(asking, text, (options) => read(picture, options)));
    }
    results.push([kind, pairs]);
  }
  status.clear();
  const group = (group: string): Results => {
    const members = results.filter(([kind]) => kind.startsWith(`${group}: `))
      .map(([kind, pairs]): Results[number] => [kind.slice(group.length + 2), pairs]);
    return [...members, ["all", members.flatMap(([, pairs]) => pairs)]];
  };
  const single = answers.filter(({ picture }) => picture.category !== "multi");
  return [
    `## Reading scenes, ${count} of each kind, written by ${name}`,
    "",
    ...singleTable(group("single")),
    "",
    ...severalTable(group("several")),
    "",
    ...nothingTable(group("nothing"), answers.length > 0 ? single : group("single").at(-1)![1]),
  ];
}

/** Who writes the scenes: MNIST's people where it is here, and else the random pen. */
async function findHand(): Promise<{ hand: Hand; name: string }> {
  const directory = Deno.env.get("DIGITS_DATA");
  if (directory === undefined) return { hand: PEN, name: "the random pen" };
  const { train } = await loadShowing(status, "mnist", { directory });
  const first = train.count - HANDS;
  const hand = mnistHand(train.images.subarray(784 * first), train.labels.subarray(first));
  return { hand, name: `MNIST's people (the last ${HANDS} training pictures)` };
}

async function inBothWays(
  { one, any }: Asking,
  expected: string,
  recognise: (options: RecogniseOptions) => Promise<Reading>,
): Promise<Pair> {
  const outcome = async (options: RecogniseOptions): Promise<Outcome> => {
    try {
      const { text, uncertain, digits } = await recognise(options);
      const confidences = digits.map(({ confidence }) => confidence);
      const confidence = digits.length > 0 ? Math.min(...confidences) : 0;
      return { expected, read: text, uncertain, confidence };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return { expected, read: `(${error.message})`, uncertain: true, confidence: 0 };
    }
  };
  return { one: await outcome(one), any: await outcome(any) };
}

function singleTable(results: Results): string[] {
  const header = ["one digit", "--single", "uncertain", "default", "uncertain"];
  return [table(
    header,
    results.map(([kind, pairs]) => [
      kind,
      ...[pairs.map(({ one }) => one), pairs.map(({ any }) => any)].flatMap((outcomes) => [
        percent(exactShare(outcomes)),
        percent(share(outcomes, ({ uncertain }) => uncertain)),
      ]),
    ]),
  )];
}

function severalTable(results: Results): string[] {
  return [table(
    ["several digits", "all right", "digits right", "uncertain"],
    results.map(([kind, pairs]) => {
      const outcomes = pairs.map(({ any }) => any);
      return [
        kind,
        percent(exactShare(outcomes)),
        percent(digitShare(outcomes)),
        percent(share(outcomes, ({ uncertain }) => uncertain)),
      ];
    }),
  )];
}

/** @param digits Pictures of digits, of which a threshold is to keep 99 %. */
function nothingTable(results: Results, digits: readonly Pair[]): string[] {
  const ways = ["one", "any"] as const;
  const thresholds = ways.map((way) => keepingThreshold(digits.map((pair) => pair[way]), KEPT));
  const cells = (outcomes: Outcome[], threshold: number) => [
    percent(share(outcomes, ({ read }) => read === "")),
    percent(share(outcomes, ({ read, uncertain }) => read !== "" && uncertain)),
    percent(share(outcomes, ({ read, uncertain }) => read !== "" && !uncertain)),
    percent(share(outcomes, ({ confidence }) => confidence < threshold)),
  ];
  const columns = ["uncertain", "confident", `rejected at ${percent(KEPT)} kept`];
  return [
    table(
      ["no digit", "--single: nothing", ...columns, "default: nothing", ...columns],
      results.map(([kind, pairs]) => [
        kind,
        ...ways.flatMap((way, i) => cells(pairs.map((pair) => pair[way]), thresholds[i])),
      ]),
    ),
    "",
    `${percent(KEPT)} of ${digits.length} pictures of digits are kept at a confidence of ` +
    `${thresholds.map(percent).join(" (--single) and ")} (default).`,
  ];
}

/** What a folder's manifest.json says of each picture. */
interface Listed {
  file: string;
  label: string;
  /** `multi` where there are several digits. */
  category: string;
  /** Its first two parts, an owner and a repository, say who made it. */
  source: string;
}

interface Answered extends Pair {
  picture: Listed;
}

/** Reads the pictures of a folder that are listed in its manifest.json. */
async function readPictures(asking: Asking, folder: string): Promise<Answered[]> {
  const listed: Listed[] = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
  const answers: Answered[] = [];
  for (const [i, picture] of listed.entries()) {
    status.update(`picture ${i + 1}/${listed.length}`);
    const bytes = await Deno.readFile(`${folder}/${picture.file}`);
    const label = joined(picture.label);
    const pair = await inBothWays(asking, label, async (options) => {
      const reading = await recognise(bytes, options);
      return { ...reading, text: joined(reading.text) };
    });
    answers.push({ picture, ...pair });
  }
  status.clear();
  return answers;
}

function picturesTables(answers: Answered[]): string[] {
  const several = answers.filter(({ picture }) => picture.category === "multi");
  const single = answers.filter(({ picture }) => picture.category !== "multi");
  return [
    "",
    `## Reading ${answers.length} pictures that people took`,
    "",
    categoryTable(single),
    "",
    ...severalTable([["pictures", several]]),
    "",
    "Still wrong:",
    "",
    wrongTable([...single, ...several]),
  ];
}

function categoryTable(answers: Answered[]): string {
  const categories = [...Map.groupBy(answers, ({ picture }) => picture.category)];
  return table(
    [
      "one digit",
      "pictures",
      "--single",
      "over sources",
      "uncertain",
      "default",
      "over sources",
      "uncertain",
    ],
    [...categories, ["all", answers] as const].map(([category, members]) => [
      category,
      `${members.length}`,
      ...(["one", "any"] as const).flatMap((way) => {
        const outcomes = members.map((answer) => ({
          ...answer[way],
          source: answer.picture.source,
        }));
        return [
          percent(exactShare(outcomes)),
          percent(meanOverGroups(outcomes, ({ source }) => source.split("/", 2).join("/"))),
          percent(share(outcomes, ({ uncertain }) => uncertain)),
        ];
      }),
    ]),
  );
}

function wrongTable(answers: Answered[]): string {
  const rows = answers.flatMap(({ picture: { file, category }, one, any }) => {
    const outcomes = category === "multi" ? [any] : [one, any];
    if (outcomes.every(({ expected, read }) => read === expected)) return [];
    const text = ({ read, uncertain }: Outcome) => (read || "nothing") + (uncertain ? " ?" : "");
    return [[file, any.expected, category === "multi" ? "" : text(one), text(any)]];
  });
  return table(["file", "label", "--single", "default"], rows);
}

/** Times pictures of several sizes: the decoding alone, and all. */
async function bySize(options: RecogniseOptions, rounds: number): Promise<string[]> {
  const rows: string[][] = [];
  for (const [name, make] of Object.entries(PICTURES)) {
    status.update(`making the picture of ${name}`);
    const bytes = await make();
    const turns = [
      { name: `decoding ${name}`, measure: milliseconds(() => decode(bytes)) },
      { name: `reading ${name}`, measure: milliseconds(() => recognise(bytes, options)) },
    ];
    await interleave(turns, 3); // until the optimising compiler is done
    const [decoding, all] = await interleave(turns, rounds);
    rows.push([
      name,
      threeDigits(median(decoding)),
      threeDigits(median(all)),
      ratioText(medianRatio(all, decoding)),
    ]);
  }
  return [
    "",
    "## Time a picture, ms",
    "",
    table(["", "decoding", "all", "× decoding"], rows),
    "",
    `Medians of ${rounds} rounds in which both took turns, in one process.`,
  ];
}

function milliseconds(work: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
}
