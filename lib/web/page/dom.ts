// Finding and making the page's elements.

/// <reference lib="dom" />

/** The element of that id in index.html, which has to be of that kind. */
export function find<E extends HTMLElement | SVGElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`There is no ${kind.name} with the id ${id}`);
}

/** A new element with properties, and children. Texts are texts, never markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<Omit<HTMLElementTagNameMap[Tag], "style">> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Puts 28x28 of ink, 0 paper to 255 ink, into a canvas of that size.
 *
 * @param colour Of the ink; that of the canvas' text unless given.
 */
export function showInk(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  colour = getComputedStyle(canvas).color,
): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < pixels.length; i++) image.data[4 * i + 3] = pixels[i];
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}
