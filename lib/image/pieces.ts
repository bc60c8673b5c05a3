// Spots of ink as rectangles: how large they are, and together.

/** A spot of ink, in pixels of the page; right and bottom are its last column and row. */
export interface Piece {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** How many pixels have ink. */
  readonly area: number;
}

/** In pixels. */
export function widthOf({ left, right }: Piece): number {
  return right - left + 1;
}

/** In pixels. */
export function heightOf({ top, bottom }: Piece): number {
  return bottom - top + 1;
}

/** The side of a square as large as the rectangle, in pixels. */
export function sizeOf(piece: Piece): number {
  return Math.sqrt(widthOf(piece) * heightOf(piece));
}

/** The rectangle around some pieces, and all of their ink. */
export function enclose(pieces: readonly Piece[]): Piece {
  return {
    left: Math.min(...pieces.map(({ left }) => left)),
    top: Math.min(...pieces.map(({ top }) => top)),
    right: Math.max(...pieces.map(({ right }) => right)),
    bottom: Math.max(...pieces.map(({ bottom }) => bottom)),
    area: sum(pieces.map(({ area }) => area)),
  };
}

/** The height of the piece that the middle pixel of all ink belongs to: specks do not count. */
export function typicalHeight(pieces: readonly Piece[]): number {
  const all = sum(pieces.map(({ area }) => area));
  let below = 0;
  for (const piece of pieces.toSorted((a, b) => heightOf(a) - heightOf(b))) {
    below += piece.area;
    if (2 * below >= all) return heightOf(piece);
  }
  return 1;
}

export function sum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
