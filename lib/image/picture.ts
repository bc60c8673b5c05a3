// The form in which pictures travel: from the decoder or a page's canvas to normalise().

/** A decoded picture. A browser's `ImageData` is one as well. */
export interface Picture {
  /** Width in pixels, of the picture as a person sees it. */
  readonly width: number;
  /** Height in pixels, of the picture as a person sees it. */
  readonly height: number;
  /** (height, width, 4) row-major: red, green, blue and alpha, 0-255, alpha not multiplied in. */
  readonly data: Uint8ClampedArray;
}
