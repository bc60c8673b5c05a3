// A reading as programs have it: in --json, in the answers of the server, from the library.

/** A class and how probable it is, 0 to 1. */
export interface Candidate {
  /** The class's name. */
  digit: string;
  /** From 0 to 1. */
  confidence: number;
}

/**
 * What programs are told of a digit, or of what else the model tells apart. Confidences are
 * probabilities that this is a digit, and that one: with those of all alternatives they add up to the
 * probability that it is a digit at all. Where some class is none, they are the network's alone, and add
 * up to 1.
 */
export interface DigitReading extends Candidate {
  /** Where its ink is: [x, y, width, height] in pixels of the upright picture. */
  box: readonly [number, number, number, number];
  /** The other classes, most probable first. */
  alternatives: Candidate[];
  /** It may be something else. */
  uncertain: boolean;
}

/** What programs are told of a picture. */
export interface PictureReading {
  /**
   * The digits from left to right, a line break after each line but the last; with spaces between them
   * where some class's name has several characters.
   */
  text: string;
  /** In the same order; none where there are none. */
  digits: DigitReading[];
  /** The name of the model that read it. */
  model: string;
}

/** What programs are told of a reading by a model, which people see more of. */
export function toPictureReading(
  { text, digits }: Omit<PictureReading, "model">,
  model: string,
): PictureReading {
  return {
    text,
    digits: digits.map(({ digit, confidence, box, alternatives, uncertain }) => ({
      digit,
      confidence,
      box,
      alternatives,
      uncertain,
    })),
    model,
  };
}
