// Batch normalisation after Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training
// by Reducing Internal Covariate Shift" (2015).

import { eachItem, type Kernel, workgroupsFor } from "../kernel.ts";
import { eachPart, type Matrix, overParts, partialsLength } from "./columns.ts";

/** A layer that normalises x (N,P,C) over N and P. */
export interface BatchNormalizationOptions extends Matrix {
  /** What a step leaves of the moving statistics. */
  momentum: number;
  /** Is added to variances. */
  epsilon: number;
  /** Whether a ReLU follows, which is then done here, both ways. */
  relu: boolean;
  /** Where in `weights` the layer's are. */
  weightsAt: { gamma: number; beta: number; movingMean: number; movingVariance: number };
  /** Where in `gradients` the layer's are. */
  gradientsAt: { gamma: number; beta: number };
}

/**
 * A layer's kernels, in the order in which they run. Their arrays are `x`, `y`, `dy` and `dx`, each
 * (N,P,C), the network's `weights` and `gradients`, and the layer's `statistics` and `partials`.
 */
export interface BatchNormalization {
  /** y from x and the moving statistics. */
  inference: Kernel[];
  /** y and `statistics` from x. */
  forward: Kernel[];
  /** dx, and the gradients of gamma and beta, from x, y, dy and the forward pass' `statistics`. */
  backward: Kernel[];
  /** The moving statistics in `weights`, from the forward pass' `statistics`. */
  update: Kernel[];
  /** How many `statistics` there are. */
  statisticsLength: number;
  /** How many `partials` there are, which other layers may overwrite between forward and backward. */
  partialsLength: number;
}

/** The kernels of a layer. */
export function batchNormalization(options: BatchNormalizationOptions): BatchNormalization {
  return {
    inference: [inference(options)],
    forward: [moments(options), statistics(options), normalise(options)],
    backward: [gradientSums(options), gradients(options), inputGradient(options)],
    update: [update(options)],
    statisticsLength: 3 * options.channels,
    partialsLength: partialsLength(options, 2),
  };
}

function inference(options: BatchNormalizationOptions): Kernel {
  const { epsilon, weightsAt } = options;
  return {
    label: "inference",
    arrays: { x: "read f32", weights: "read f32", y: "read_write f32" },
    ...eachNumber(
      options,
      `    let deviation = sqrt(weights[${weightsAt.movingVariance}u + channel] + ${epsilon});
    let normalised = (x[i] - weights[${weightsAt.movingMean}u + channel]) / deviation;
${scaleAndShift(options)}`,
    ),
  };
}

/**
 * `partials` (parts,2,C): the mean of a part's rows, and the sum of their squared deviations from it. A
 * difference of sums of squares would lose what is small beside the mean.
 */
function moments(options: BatchNormalizationOptions): Kernel {
  return {
    label: "moments",
    arrays: { x: "read f32", partials: "read_write f32" },
    ...eachPart(options, {
      type: "f32",
      body: `  var sum = 0.0;
  for (var row = first; row < end; row += ROWS) {
    sum += x[row * CHANNELS + channel];
  }
  let mean = columnSum(thread, sum) / f32(range.y - range.x);
  var squares = 0.0;
  for (var row = first; row < end; row += ROWS) {
    let deviation = x[row * CHANNELS + channel] - mean;
    squares += deviation * deviation;
  }
  squares = columnSum(thread, squares);`,
      results: `    partials[2 * part * CHANNELS + channel] = mean;
    partials[(2 * part + 1) * CHANNELS + channel] = squares;`,
    }),
  };
}

/**
 * `statistics` (3,C): mean, inverse deviation and variance of the batch. The variance is put together
 * after Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
 * Variances" (1979).
 */
function statistics(options: BatchNormalizationOptions): Kernel {
  return {
    label: "statistics",
    arrays: { partials: "read f32", statistics: "read_write f32" },
    ...overParts(options, {
      type: "f32",
      body: `  var sum = 0.0;
  for (var i = first; i < end; i += ROWS) {
    let rows = f32(firstOf(i + 1) - firstOf(i));
    sum += rows * partials[2 * i * CHANNELS + channel];
  }
  let mean = columnSum(thread, sum) / f32(rowCount());
  var squares = 0.0;
  for (var i = first; i < end; i += ROWS) {
    let rows = f32(firstOf(i + 1) - firstOf(i));
    let deviation = partials[2 * i * CHANNELS + channel] - mean;
    squares += partials[(2 * i + 1) * CHANNELS + channel] + rows * deviation * deviation;
  }
  let variance = columnSum(thread, squares) / f32(rowCount());`,
      results: `    statistics[channel] = mean;
    statistics[CHANNELS + channel] = 1 / sqrt(variance + ${options.epsilon});
    statistics[2 * CHANNELS + channel] = variance;`,
    }),
  };
}

function normalise(options: BatchNormalizationOptions): Kernel {
  return {
    label: "forward",
    arrays: { x: "read f32", statistics: "read f32", weights: "read f32", y: "read_write f32" },
    ...eachNumber(
      options,
      `${normalised(options)}
${scaleAndShift(options)}`,
    ),
  };
}

/** `partials` (parts,2,C): the sums of dy, and of dy times the normalised x, over a part's rows. */
function gradientSums(options: BatchNormalizationOptions): Kernel {
  return {
    label: "gradient sums",
    arrays: {
      x: "read f32",
      ...(options.relu ? { y: "read f32" } : {}),
      dy: "read f32",
      statistics: "read f32",
      partials: "read_write f32",
    },
    ...eachPart(options, {
      type: "vec2f",
      body: `  var sums = vec2f();
  for (var row = first; row < end; row += ROWS) {
    let i = row * CHANNELS + channel;
${normalised(options)}
${maskedGradient(options)}
    sums += gradient * vec2f(1, normalised);
  }
  sums = columnSum(thread, sums);`,
      results: `    partials[2 * part * CHANNELS + channel] = sums.x;
    partials[(2 * part + 1) * CHANNELS + channel] = sums.y;`,
    }),
  };
}

/** The gradients of beta and gamma. */
function gradients(options: BatchNormalizationOptions): Kernel {
  const { beta, gamma } = options.gradientsAt;
  return {
    label: "gradients",
    arrays: { partials: "read f32", gradients: "read_write f32" },
    ...overParts(options, {
      type: "vec2f",
      body: `  var sums = vec2f();
  for (var i = first; i < end; i += ROWS) {
    let at = 2 * i * CHANNELS + channel;
    sums += vec2f(partials[at], partials[at + CHANNELS]);
  }
  sums = columnSum(thread, sums);`,
      results: `    gradients[${beta}u + channel] = sums.x;
    gradients[${gamma}u + channel] = sums.y;`,
    }),
  };
}

function inputGradient(options: BatchNormalizationOptions): Kernel {
  const { channels, pixels, weightsAt, gradientsAt } = options;
  return {
    label: "backward",
    arrays: {
      x: "read f32",
      ...(options.relu ? { y: "read f32" } : {}),
      dy: "read f32",
      statistics: "read f32",
      weights: "read f32",
      gradients: "read f32",
      dx: "read_write f32",
    },
    ...eachNumber(
      options,
      `${normalised(options)}
${maskedGradient(options)}
    let rows = f32(step.count * ${pixels});
    let mean = gradients[${gradientsAt.beta}u + channel] / rows;
    let slope = gradients[${gradientsAt.gamma}u + channel] / rows;
    let scale = weights[${weightsAt.gamma}u + channel] * statistics[${channels}u + channel];
    dx[i] = scale * (gradient - mean - normalised * slope);`,
    ),
  };
}

function update({ channels, momentum, weightsAt }: BatchNormalizationOptions): Kernel {
  const move = (moving: number, found: number) =>
    `    weights[${moving}u + i] = ${momentum} * weights[${moving}u + i] +
      ${1 - momentum} * statistics[${found}u + i];`;
  return {
    label: "update",
    arrays: { statistics: "read f32", weights: "read_write f32" },
    code: eachItem(
      `${channels}u`,
      `${move(weightsAt.movingMean, 0)}
${move(weightsAt.movingVariance, 2 * channels)}`,
    ),
    workgroups: () => workgroupsFor(channels),
  };
}

/** A kernel that does the same for each number of x, `i`, of channel `channel`. */
function eachNumber(
  { pixels, channels }: Matrix,
  body: string,
): Pick<Kernel, "code" | "workgroups"> {
  const size = pixels * channels;
  return {
    code: eachItem(`step.count * ${size}`, `    let channel = i % ${channels};\n${body}`),
    workgroups: (count) => workgroupsFor(count * size),
  };
}

function normalised({ channels }: Matrix): string {
  return `    let normalised = (x[i] - statistics[channel]) * statistics[${channels}u + channel];`;
}

function scaleAndShift({ relu, weightsAt: { gamma, beta } }: BatchNormalizationOptions): string {
  return `    let scaled = normalised * weights[${gamma}u + channel] + weights[${beta}u + channel];
    y[i] = ${relu ? "select(scaled, 0, scaled < 0)" : "scaled"};`;
}

function maskedGradient({ relu }: BatchNormalizationOptions): string {
  return `    let gradient = ${relu ? "select(0, dy[i], y[i] > 0)" : "dy[i]"};`;
}
