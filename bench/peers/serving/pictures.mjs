// Pictures as MNIST's are, float32 [28, 28] from 0, paper, to 1, ink: decoded and scaled by sharp or by
// jimp. Each gives a function of the file's bytes. The ink is taken to be darker than the paper, and
// the paper to be white.

const SIZE = 28;
const BOX = 20; // MNIST fits digits into 20x20
const MARGIN = (SIZE - BOX) / 2;

/** Below this grey, in the middle, a pixel is ink to jimp's bounding box. */
const DARK = 128;

export async function sharp(fit) {
  const { default: sharp } = await import("sharp");
  sharp.cache(false); // no picture comes twice
  const background = "#fff";
  const contain = { fit: "contain", background };
  const scale = fit
    ? (picture) =>
      picture.trim({ background }).resize(BOX, BOX, contain)
        .extend({ top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN, background })
    : (picture) => picture.resize(SIZE, SIZE, contain);
  return async (bytes) => {
    const grey = sharp(bytes).flatten({ background }).greyscale();
    const ink = await scale(grey).negate().raw().toBuffer();
    return Float32Array.from(ink, (value) => value / 255);
  };
}

export async function jimp(fit) {
  const { Jimp } = await import("jimp");
  const scale = fit
    ? (picture) => picture.crop(boundingBox(picture.bitmap)).scaleToFit({ w: BOX, h: BOX })
    : (picture) => picture.resize({ w: SIZE, h: SIZE });
  return async (bytes) => {
    const picture = scale(await Jimp.fromBuffer(bytes));
    const { data, width, height } = picture.greyscale().invert().bitmap;
    const pixels = new Float32Array(SIZE * SIZE);
    const first = (SIZE - height >> 1) * SIZE + (SIZE - width >> 1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        pixels[first + SIZE * y + x] = data[4 * (width * y + x)] / 255;
      }
    }
    return pixels;
  };
}

/** Where the ink is, by the red channel alone: autocrop() takes several times as long. */
function boundingBox({ data, width, height }) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (data[i] >= DARK) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) return { x: 0, y: 0, w: width, h: height };
  return { x: left, y: top, w: right - left + 1, h: bottom - top + 1 };
}
