import { assert, assertEquals, assertRejects } from "@std/assert";
import { decode } from "../../lib/image/decode.ts";
import { loadModel } from "../../lib/model/store.ts";
import {
  type BackendName,
  createRecogniser,
  encodeModel,
  type Model,
  MODELS,
  type Picture,
  RECIPES,
  UserError,
} from "../../mod.ts";
import { testOnGpu } from "../backend/webgpu/harness.ts";
import { ROOT, run } from "../commands.ts";
import { assertNear, testWithFolder } from "../parts.ts";
import { PICTURES, predicted } from "./pictures.ts";

const read = (file: string) => Deno.readFile(new URL(file, ROOT));

Deno.test("a recogniser reads what predict --json prints, many pictures at once", async () => {
  using recogniser = await createRecogniser();
  const files = await Promise.all(PICTURES.map(read));
  const readings = await Promise.all(files.map((file) => recogniser.read(file)));
  assertEquals(readings, await predicted());
});

Deno.test("a recogniser takes the command's options", async () => {
  using recogniser = await createRecogniser({ model: "cnn", threads: 2 });
  const options = ["--single", "--invert=no", "--threshold=99.99"];
  const { stdout } = await run("predict", ["--json", "--model=cnn", ...options, "images/4.png"]);
  const reading = await recogniser.read(await read("images/4.png"), {
    single: true,
    invert: "no",
    threshold: 0.9999,
  });
  assertEquals({ file: "images/4.png", ...reading }, JSON.parse(stdout));
  assertEquals(reading.digits.map(({ uncertain }) => uncertain), [true]);
});

Deno.test("a recogniser reads pixels as it reads the file", async () => {
  using recogniser = await createRecogniser();
  const file = await read("images/phone.jpg");
  assertEquals(await recogniser.read(await decode(file)), await recogniser.read(file));
});

/** Reads by another backend than simd, and compares. */
async function compare(backend: BackendName): Promise<void> {
  using recogniser = await createRecogniser({ model: "cnn", backend });
  const { text, digits } = await recogniser.read(await read("images/5.png"));
  using ours = await createRecogniser({ model: "cnn" });
  const expected = await ours.read(await read("images/5.png"));
  assertEquals(text, expected.text);
  assertNear([digits[0].confidence], [expected.digits[0].confidence], 1e-6, "confidence");
}

Deno.test("a recogniser reads by TensorFlow.js where that is asked for", () => compare("cpu"));
testOnGpu("a recogniser reads by a GPU where that is asked for", () => compare("webgpu"));

Deno.test("a recogniser goes on after a picture that cannot be read", async () => {
  using recogniser = await createRecogniser({ model: "tiny" });
  const file = await read("images/3.png");
  const [damaged, next] = await Promise.allSettled([
    recogniser.read(file.slice(0, 200)),
    recogniser.read(file),
  ]);
  assert(damaged.status === "rejected" && damaged.reason instanceof SyntaxError);
  assert(next.status === "fulfilled" && next.value.text === "3");
});

Deno.test("a recogniser refuses what it cannot read, and says what it expects", async () => {
  using recogniser = await createRecogniser({ model: "tiny" });
  const pixels = { width: 2, height: 2, data: new Uint8ClampedArray(12) };
  for (const wrong of [pixels, new ArrayBuffer(8), "images/1.png", null]) {
    await assertRejects(() => recogniser.read(wrong as Picture), TypeError, "Uint8Array");
  }
  const picture = { width: 2, height: 2, data: new Uint8ClampedArray(16) };
  await assertRejects(
    () => recogniser.read(picture, { threshold: 65 }),
    RangeError,
    "Expected a threshold from 0 to 1, found 65",
  );
  await assertRejects(
    () => recogniser.read(picture, { invert: "maybe" as "auto" }),
    RangeError,
    'found "maybe"',
  );
});

Deno.test("a recogniser reads no more once it is disposed of", async () => {
  const recogniser = await createRecogniser({ model: "tiny" });
  recogniser.dispose();
  recogniser.dispose();
  await assertRejects(async () => recogniser.read(await read("images/1.png")), Error, "disposed");
});

Deno.test("createRecogniser() takes a model by name, path, address, or as it is", async () => {
  assertEquals(MODELS.toSorted(), Object.keys(RECIPES).filter((name) => name !== "reject").sort());
  const url = new URL("models/fast/", ROOT);
  const models = [
    "fast",
    url,
    url.href,
    url.pathname,
    `${url.pathname}model.json`,
    await loadModel(url.pathname),
  ];
  for (const model of models) {
    using recogniser = await createRecogniser({ model });
    const reading = await recogniser.read(await read("images/8.png"));
    assertEquals([reading.text, reading.model], ["8", "fast"]);
  }
});

testWithFolder(
  "createRecogniser() finds weights in the files that model.json names",
  async (folder) => {
    const { json, weights } = encodeModel(await loadModel(new URL("models/tiny", ROOT).pathname));
    const description = JSON.parse(json);
    description.weightsManifest[0].paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
    await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(description));
    await Deno.writeFile(`${folder}/group1-shard1of2.bin`, weights.subarray(0, 1001));
    await Deno.writeFile(`${folder}/group1-shard2of2.bin`, weights.subarray(1001));
    using recogniser = await createRecogniser({ model: folder });
    assertEquals((await recogniser.read(await read("images/6.png"))).text, "6");
  },
);

Deno.test("createRecogniser() says which models there are, and what is wrong with one", async () => {
  const wrong = async (model: string | Model) =>
    (await assertRejects(() => createRecogniser({ model }), UserError)).message;
  assertEquals(
    await wrong("nonesuch"),
    'There is no model "nonesuch", only best, cnn, dense, fast, tiny; the path of a folder has a ' +
      "slash: ./nonesuch/",
  );
  assert((await wrong("./nonesuch/")).startsWith("The model in ./nonesuch/ cannot be used: "));
  const reject = await loadModel(new URL("models/reject", ROOT).pathname);
  assertEquals(await wrong(reject), "The model reject says whether there is a digit, not which");
});
