// How another program has laid out what in this one is [height, width, channels]: PyTorch keeps the
// channels first, and a dense layer after it counts its inputs in that order.

type Axis = "h" | "w" | "c";

/** A tensor of one example, without the batch dimension. */
export interface View {
  /** As the other program has it. */
  shape: readonly number[];
  /** In which order its numbers lie, the last axis changing fastest. */
  order: readonly Axis[];
  size: Readonly<Record<Axis, number>>;
}

/** The order of ours. */
const OURS: readonly Axis[] = ["h", "w", "c"];

/** That of a shape of ours, [height, width, channels] or [units]. */
export function viewOf(shape: readonly number[], order: readonly Axis[] = OURS): View {
  const [h, w, c] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const size = { h, w, c };
  return { shape: order.map((axis) => size[axis]), order, size };
}

/** Channels first. */
export const CHANNELS_FIRST: readonly Axis[] = ["c", "h", "w"];

/**
 * The same numbers in another shape.
 *
 * @throws {SyntaxError} when that would tear a picture's rows, columns or channels apart.
 */
export function reshapeView(view: View, shape: readonly number[]): View {
  const count = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
  const { h, w, c } = view.size;
  if (count(shape) !== h * w * c) {
    throw new SyntaxError(`${h * w * c} numbers do not go into [${shape.join(", ")}]`);
  }
  if (shape.length === 1) return { ...view, shape };
  const order = shape.length === 3 ? findOrder(view, shape) : undefined;
  const sizes = (list: readonly number[]) => list.filter((size) => size > 1).join();
  if (order) return { ...view, shape, order };
  if (sizes(shape) === sizes(view.order.map((axis) => view.size[axis]))) return { ...view, shape };
  throw new SyntaxError(`a reshaping to [${shape.join(", ")}] is not possible`);
}

/**
 * The shape that ONNX's Reshape gives, without the batch dimension.
 *
 * @param target With the batch: 0 for as before, -1 for what is left.
 * @param made The batch size that the file is made for.
 * @throws {SyntaxError} when the batch would not stay the batch, or sizes do not go together.
 */
export function targetShape(
  { shape }: View,
  [batch, ...target]: readonly number[],
  made: number,
): number[] {
  const copied = target.map((size, i) => size === 0 ? shape[i] : size);
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const left = product(shape) / product(copied.filter((size) => size !== -1));
  const isBatch = batch === 0 || (batch > 0 && batch === made) ||
    (batch === -1 && !copied.includes(-1));
  if (isBatch && Number.isInteger(left)) return copied.map((size) => size === -1 ? left : size);
  throw new SyntaxError(
    `[N, ${shape.join(", ")}] does not go into [${[batch, ...target].join(", ")}]`,
  );
}

/** The shape that ONNX's Squeeze gives; without `axes` all of size 1 go. */
export function squeezed({ shape }: View, axes: readonly number[] | undefined): number[] {
  if (!axes) return shape.filter((size) => size !== 1);
  const places = placesOf(axes, shape.length);
  return shape.filter((_, i) => !places.includes(i));
}

/** The shape that ONNX's Unsqueeze gives. */
export function unsqueezed({ shape }: View, axes: readonly number[]): number[] {
  const longer = [...shape];
  for (const place of placesOf(axes, shape.length + axes.length)) longer.splice(place, 0, 1);
  return longer;
}

/**
 * Places in a shape without the batch, in order.
 *
 * @param axes Counted with the batch, or from the end.
 * @throws {SyntaxError} when one is the batch, or none.
 */
function placesOf(axes: readonly number[], rank: number): number[] {
  const places = axes.map((axis) => axis < 0 ? axis + rank : axis - 1).sort((a, b) => a - b);
  if (places.every((place) => place >= 0 && place < rank)) return places;
  throw new SyntaxError(`its axes are ${axes.join(", ")}; only those behind the batch can be run`);
}

/** Axes of size 1 may stand anywhere; the others stay in their order. */
function findOrder({ order, size }: View, shape: readonly number[]): readonly Axis[] | undefined {
  const long = (axes: readonly Axis[]) => axes.filter((axis) => size[axis] > 1).join();
  return PERMUTATIONS.find((axes) =>
    axes.every((axis, i) => size[axis] === shape[i]) && long(axes) === long(order)
  );
}

// Those that have the channels at an end come first: where sizes are 1, they are meant.
const PERMUTATIONS: readonly (readonly Axis[])[] = [
  CHANNELS_FIRST,
  OURS,
  ["c", "w", "h"],
  ["w", "h", "c"],
  ["h", "c", "w"],
  ["w", "c", "h"],
];

/**
 * @param permutation Which axis of the example comes to each place.
 * @throws {SyntaxError} when there are not so many axes.
 */
export function transposeView(view: View, permutation: readonly number[]): View {
  const { shape, order } = view;
  if (shape.length === 1 && permutation.join() === "0") return view;
  const isComplete = [...permutation].sort().join() === "0,1,2";
  if (shape.length !== 3 || !isComplete) {
    throw new SyntaxError(`a transposition of [${shape.join(", ")}] is not possible`);
  }
  return {
    ...view,
    shape: permutation.map((axis) => shape[axis]),
    order: permutation.map((axis) => order[axis]),
  };
}

/** Which axis a dimension of the shape is; undefined where it is several at once, or none. */
export function axisAt({ shape, order }: View, dimension: number): Axis | undefined {
  return shape.length === 3 ? order[dimension] : undefined;
}

/** Where in the other program's order each number of ours is, flattened. */
export function flatPlaces({ order, size }: View): Int32Array {
  const strides = { h: 0, w: 0, c: 0 };
  let stride = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = stride;
    stride *= size[axis];
  }
  const places = new Int32Array(stride);
  let i = 0;
  for (let h = 0; h < size.h; h++) {
    for (let w = 0; w < size.w; w++) {
      for (let c = 0; c < size.c; c++) {
        places[i++] = h * strides.h + w * strides.w + c * strides.c;
      }
    }
  }
  return places;
}
