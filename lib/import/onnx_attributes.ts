// The settings of ONNX operators.
// Source: the operators' documentation, onnx/docs/Operators.md.

import { samePadding } from "../model/layers.ts";
import type { AttributeProto, NodeProto } from "../onnx/schema.ts";

/** A node's attributes by name. */
export class Attributes {
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor({ attribute }: NodeProto) {
    this.#attributes = new Map(attribute.map((one) => [one.name, one]));
  }

  integer(name: string, otherwise: number): number {
    const found = this.#attributes.get(name);
    return found ? Number(found.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const found = this.#attributes.get(name);
    return found ? new TextDecoder().decode(found.s) : otherwise;
  }

  integers(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number);
  }

  /** @throws {SyntaxError} when there is another value than the only one that can be run. */
  only(name: string, value: number, otherwise = value): void {
    const found = this.integer(name, otherwise);
    if (found !== value) throw new SyntaxError(`its ${name} is ${found}; only ${value} can be run`);
  }

  /** The same for a list of equal numbers. */
  onlyAll(name: string, value: number, otherwise = [value]): void {
    const found = this.integers(name) ?? otherwise;
    if (found.every((item) => item === value)) return;
    throw new SyntaxError(`its ${name} are ${found.join(", ")}; only ${value} can be run`);
  }
}

/**
 * What a convolution's settings call for around the picture.
 *
 * @param size Of its filters.
 * @throws {SyntaxError} when it is neither nothing nor what keeps the picture's size.
 */
export function paddingOf(attributes: Attributes, size: number): "valid" | "same" {
  const automatic = attributes.text("auto_pad", "NOTSET");
  if (automatic === "VALID") return "valid";
  // An odd row more goes behind, which is what sets the two apart.
  if (automatic === "SAME_UPPER" || (automatic === "SAME_LOWER" && size % 2 === 1)) return "same";
  const pads = attributes.integers("pads") ?? [0, 0, 0, 0];
  const [before, behind] = samePadding(size);
  const same = [before, before, behind, behind];
  if (automatic === "NOTSET" && pads.every((pad) => pad === 0)) return "valid";
  if (automatic === "NOTSET" && pads.join() === same.join()) return "same";
  throw new SyntaxError(
    `its padding is ${automatic === "NOTSET" ? pads.join(", ") : automatic}; only none, or what ` +
      `keeps the picture's size (${same.join(", ")}), can be run`,
  );
}
