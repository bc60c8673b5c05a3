// Writes a network as one C99 header for microcontrollers: constant weights, no allocation, nothing of
// the C library but expf(). Single-file libraries are put together like this (github.com/nothings/stb).

import { elementCount } from "../model/layers.ts";
import { convolutionSource, meanSource, type Names, predictSource } from "./c/inference.ts";
import { quantise } from "./c/int8.ts";
import { type Convolution, type Stage, stagesOf } from "./c/stages.ts";
import { accuracyText, type Exported, identifier, preprocessingOf, subjectOf } from "./contract.ts";

/** How kernels are stored. */
export const C_WEIGHTS = ["int8", "float32"] as const;
export type CWeights = typeof C_WEIGHTS[number];

const FLOAT_BYTES = 4;
/** Columns of text. */
const WIDTH = 100;

/** Everything that the header is made of. */
interface Plan extends Names {
  exported: Exported;
  weights: CWeights;
  stages: readonly Stage[];
  /** Numbers in each of the two buffers: a step reads from one and writes to the other. */
  buffers: readonly [number, number];
  /** The most filters of a step. */
  filters: number;
  pixels: number;
}

/**
 * The text of the header.
 *
 * @throws {TypeError} naming a layer that cannot be written as C where it stands.
 */
export function encodeC(exported: Exported, weights: CWeights): string {
  const plan = makePlan(exported, weights);
  const hasMean = plan.stages.some(({ type }) => type === "mean");
  return [
    opening(plan),
    declarations(plan),
    `#ifdef ${plan.macro}_IMPLEMENTATION\n`,
    "#include <math.h>\n",
    `#define ${plan.macro}_FILTERS ${plan.filters}\n`,
    convolutionSource(plan),
    ...(hasMean ? [meanSource(plan)] : []),
    ...plan.stages.flatMap((stage) => stage.type === "mean" ? [] : [constants(plan, stage)]),
    classNames(plan),
    logits(plan),
    predictSource(plan, float(exported.model.temperature ?? 1)),
    `#endif /* ${plan.macro}_IMPLEMENTATION */\n`,
  ].join("\n");
}

function makePlan(exported: Exported, weights: CWeights): Plan {
  const { model } = exported;
  const prefix = `digits_${identifier(model.name)}`;
  const stages = stagesOf(model);
  const pixels = elementCount(model.architecture.inputShape);
  // The last step writes to the caller's memory.
  const sizes = [
    pixels,
    ...stages.slice(0, -1).map(({ outputShape }) => elementCount(outputShape)),
  ];
  const most = (odd: number) => Math.max(0, ...sizes.filter((_, i) => i % 2 === odd));
  return {
    exported,
    weights,
    stages,
    prefix,
    macro: prefix.toUpperCase(),
    weight: weights === "int8" ? "int8_t" : "float",
    buffers: [most(0), most(1)],
    filters: Math.max(...stages.map(({ outputShape }) => outputShape[2])),
    pixels,
  };
}

/** Bytes of constants, which stay in flash, and of variables. */
export function memoryOf(exported: Exported, weights: CWeights): { flash: number; ram: number } {
  const { stages, buffers, filters } = makePlan(exported, weights);
  const kernelBytes = weights === "int8" ? 1 : FLOAT_BYTES;
  const flash = stages.reduce((sum, stage) => {
    if (stage.type === "mean") return sum;
    return sum + kernelBytes * stage.kernel.length + 2 * FLOAT_BYTES * stage.scale.length;
  }, 0);
  return { flash, ram: FLOAT_BYTES * (buffers[0] + buffers[1] + 2 * filters) };
}

function opening({ exported, weights, prefix, macro }: Plan): string {
  const { model, metrics, version } = exported;
  const { flash, ram } = memoryOf(exported, weights);
  const rounded = weights === "int8" ? ", before its kernels were rounded to int8" : "";
  const facts = [
    `Input: ${
      preprocessingOf(exported)
    } Here it is given as bytes, 0 to 255, which are divided within.`,
    ...(metrics ? [`Accuracy: ${accuracyText(metrics)}${rounded}.`] : []),
    `Memory: ${flash} bytes of constants, ${ram} bytes of static variables, hence one picture at a ` +
    "time; none is allocated.",
  ];
  const title = `${prefix}.h: the network ${model.name} of digits ${version}, in C99, for ` +
    `${subjectOf(exported)}.`;
  return `/*
${comment(title)}
 *
${facts.map(comment).join("\n")}
 *
 * In one C file, which has to be linked with the mathematical library (-lm):
 *
 *   #define ${macro}_IMPLEMENTATION
 *   #include "${prefix}.h"
 *
 * In others the #include alone. Then:
 *
 *   uint8_t pixels[${macro}_PIXELS];
 *   float probabilities[${macro}_CLASSES];
 *   int best = ${prefix}_predict(pixels, probabilities);
 *   printf("%s, %.1f %%\\n", ${prefix}_classes[best], 100 * probabilities[best]);
 */
`;
}

function declarations({ exported, prefix, macro, pixels }: Plan): string {
  const { classes } = exported.model;
  return `#ifndef ${macro}_H
#define ${macro}_H

#include <stdint.h>

#define ${macro}_PIXELS ${pixels}
#define ${macro}_CLASSES ${classes.length}

#ifdef __cplusplus
extern "C" {
#endif

/* What each output stands for. */
extern const char *const ${prefix}_classes[${macro}_CLASSES];

/* Gives the most probable class, and the probabilities of all. */
int ${prefix}_predict(const uint8_t *pixels, float *probabilities);

/* Gives what the last layer does before the temperature and softmax make probabilities of it. */
void ${prefix}_logits(const uint8_t *pixels, float *logits);

#ifdef __cplusplus
}
#endif

#endif /* ${macro}_H */
`;
}

/** A step's numbers. */
function constants({ prefix, weight, weights }: Plan, stage: Convolution): string {
  const { inputShape, outputShape, kernel, shift, size, padding, pool, relu } = stage;
  const filters = outputShape[2];
  const name = `${prefix}_${stage.name}`;
  const { values, scale } = weights === "int8"
    ? quantise(kernel, filters)
    : { values: kernel, scale: new Float64Array(filters).fill(1) };
  const array = (type: string, part: string, numbers: string[]) =>
    `static const ${type} ${name}_${part}[${numbers.length}] = {\n${wrap(numbers)}\n};`;
  const factors = stage.scale.map((factor, i) => factor * scale[i]);
  return [
    array(weight, "kernel", Array.from(values, weights === "int8" ? String : float)),
    array("float", "scale", Array.from(factors, float)),
    array("float", "shift", Array.from(shift, float)),
    `static const ${prefix}_convolution ${name} = {`,
    `  ${inputShape.join(", ")}, ${outputShape.join(", ")}, ` +
    `${[size, padding, pool, Number(relu)].join(", ")},`,
    `  ${["kernel", "scale", "shift"].map((part) => `${name}_${part}`).join(", ")}`,
    "};\n",
  ].join("\n");
}

function classNames({ exported, prefix, macro }: Plan): string {
  const names = exported.model.classes.map(stringLiteral);
  return `const char *const ${prefix}_classes[${macro}_CLASSES] = {\n${wrap(names)}\n};\n`;
}

/** The function that takes all steps. */
function logits({ stages, prefix, macro, buffers }: Plan): string {
  const names = ["even", "odd"];
  const calls = stages.map(({ type, name, inputShape }, i) => {
    const from = names[i % 2];
    const to = i === stages.length - 1 ? "logits" : names[(i + 1) % 2];
    const [height, width, channels] = inputShape;
    return type === "mean"
      ? `${prefix}_mean(${height} * ${width}, ${channels}, ${from}, ${to});`
      : `${prefix}_convolve(&${prefix}_${name}, ${from}, ${to});`;
  });
  const variables = names.slice(0, stages.length).map((name, i) => `${name}[${buffers[i]}]`);
  return [
    `void ${prefix}_logits(const uint8_t *pixels, float *logits) {`,
    `  static float ${variables.join(", ")}; /* what even and odd steps start from */`,
    `  for (int i = 0; i < ${macro}_PIXELS; i++) even[i] = (float)pixels[i] / 255.0f;`,
    ...calls.map((call) => `  ${call}`),
    "}\n",
  ].join("\n");
}

/** Text in UTF-8, whatever the compiler takes source files for. */
function stringLiteral(text: string): string {
  const characters = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (/["\\?]/.test(character)) return `\\${character}`; // "??/" would be a trigraph
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${characters.join("")}"`;
}

/** The shortest literal that gives the same float. */
function float(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return literal(text);
  }
  return literal(single.toPrecision(9)); // enough for every float
}

/** In C a number with neither point nor exponent is a whole one. */
function literal(text: string): string {
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** Lines of as many numbers as go into the width. */
function wrap(items: readonly string[]): string {
  return fill(items.map((item, i) => i < items.length - 1 ? `${item},` : item), "  ");
}

/** A paragraph within a comment. */
function comment(text: string): string {
  return fill(text.replaceAll("*/", "* /").split(" "), " * ");
}

function fill(words: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = "";
    }
    line += line ? ` ${word}` : word;
  }
  return [...lines, indent + line].join("\n");
}
