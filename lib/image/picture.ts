// The form in which pictures travel: from the decoder or a page's canvas to the reader.

/** How large a picture is, in pixels. */
export interface Size {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** A decoded picture. A browser's `ImageData` is one as well. */
export interface Picture {
  /** Width in pixels, of the picture as a person sees it. */
  readonly width: number;
  /** Height in pixels, of the picture as a person sees it. */
  readonly height: number;
  /** (height, width, 4) row-major: red, green, blue and alpha, 0-255, alpha not multiplied in. */
  readonly data: Uint8ClampedArray;
  /**
   * How many pixels of the file, in each direction, one of these stands for: 1 unless given. A
   * position in the file's picture is one in this, times `scale`; as the last row and column may
   * stand for fewer pixels, it is to be cut at `fullWidth` and `fullHeight`.
   */
  readonly scale?: number;
  /** Width of the file's picture as a person sees it, in pixels: `width` unless given. */
  readonly fullWidth?: number;
  /** Height of the file's picture as a person sees it, in pixels: `height` unless given. */
  readonly fullHeight?: number;
}
