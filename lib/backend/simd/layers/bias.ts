// What comes after the sums of a dense layer or a convolution: the bias, and ReLU.

import type { Parameter } from "../memory.ts";
import { type Activation, type Context, gradientAt, weightAt } from "../operation.ts";

/** Bias and ReLU, for pictures of any height and width. */
export function finish(
  context: Context,
  y: Activation,
  count: number,
  bias: Parameter | undefined,
  relu: boolean,
): void {
  const { kernels } = context;
  const rows = count * y.height * y.width;
  if (bias) kernels.addBias(y.y, weightAt(context, bias), rows, y.stride, Number(relu));
  else if (relu) kernels.reluForward(y.y, rows * y.stride);
}

/** Takes the gradient of y back through ReLU and bias, and gives the bias its own. */
export function finishBackward(
  context: Context,
  y: Activation,
  count: number,
  { bias, relu }: { bias: Parameter | undefined; relu: boolean },
  accumulate: boolean,
): void {
  const { kernels } = context;
  const rows = count * y.height * y.width;
  if (relu) kernels.reluBackward(y.dy!, y.y, rows * y.stride);
  if (!bias) return;
  kernels.biasBackward(y.dy!, gradientAt(context, bias), rows, y.stride, Number(accumulate));
}
