import { assert, assertEquals, assertNotEquals, assertThrows, equal } from "@std/assert";
import { corrupt, CORRUPTIONS } from "../../lib/data/corruptions.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";

const SIZE = 28;
const PIXELS = SIZE * SIZE;
const FIXED = ["scale", "brightness", "stripe", "canny_edges"]; // nothing random about them

const { images: DIGITS } = syntheticDigits({ count: 40, seed: 1 });
const BLANK = new Uint8Array(40 * PIXELS);

/** `count` times the picture that `ink` gives for each pixel, 0 to 255. */
function draw(ink: (x: number, y: number) => number, count = 1): Uint8Array {
  return Uint8Array.from(
    { length: count * PIXELS },
    (_, i) => ink(i % SIZE, Math.floor(i / SIZE) % SIZE),
  );
}

function split(images: Uint8Array): Uint8Array[] {
  return Array.from(
    { length: images.length / PIXELS },
    (_, i) => images.subarray(i * PIXELS, (i + 1) * PIXELS),
  );
}

/** Ink and its centre of mass, in pixels. */
function measure(picture: Uint8Array) {
  let [mass, x, y] = [0, 0, 0];
  picture.forEach((value, i) => {
    mass += value;
    x += value * (i % SIZE);
    y += value * Math.floor(i / SIZE);
  });
  return { mass, x: x / mass, y: y / mass };
}

/** The angle of the ink's main axis to the horizontal, clockwise, in degrees. */
function axisDeg(picture: Uint8Array): number {
  const centre = measure(picture);
  let [xx, xy, yy] = [0, 0, 0];
  picture.forEach((value, i) => {
    const [dx, dy] = [i % SIZE - centre.x, Math.floor(i / SIZE) - centre.y];
    xx += value * dx * dx;
    xy += value * dx * dy;
    yy += value * dy * dy;
  });
  return Math.atan2(2 * xy, xx - yy) / 2 * 180 / Math.PI;
}

function assertNear(actual: number, expected: number, tolerance: number, message = ""): void {
  assert(
    Math.abs(actual - expected) <= tolerance,
    `${message} Expected ${expected} +- ${tolerance}, found ${actual}`,
  );
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b) / values.length;
}

/** The ink's centre of mass in each column, NaN where there is none. */
function lineRows(picture: Uint8Array): number[] {
  return Array.from({ length: SIZE }, (_, column) => {
    return measure(picture.map((value, i) => i % SIZE === column ? value : 0)).y;
  });
}

Deno.test("CORRUPTIONS are MNIST-C's fifteen", () => {
  const names = "shot_noise impulse_noise glass_blur motion_blur shear scale rotate brightness " +
    "translate stripe fog spatter dotted_line zigzag canny_edges";
  assertEquals(CORRUPTIONS, names.split(" "));
});

for (const name of CORRUPTIONS) {
  Deno.test(`corrupt() gives the same ${name} for the same seed and index, and leaves the original`, () => {
    const original = DIGITS.slice();
    const corrupted = corrupt(DIGITS, name, { seed: 3 });
    assertEquals(DIGITS, original);
    assertEquals(corrupted.length, DIGITS.length);
    assertNotEquals(corrupted, DIGITS);
    assertEquals(corrupted, corrupt(DIGITS, name, { seed: 3 }));

    // Neither how many there are nor what is on the others matters.
    const others = BLANK.slice(0, 5 * PIXELS);
    others.set(DIGITS.subarray(4 * PIXELS, 5 * PIXELS), 4 * PIXELS);
    assertEquals(split(corrupt(others, name, { seed: 3 }))[4], split(corrupted)[4]);
  });

  Deno.test(`corrupt() draws ${name} anew for another seed or index, where it is random`, () => {
    const same = draw((x, y) => DIGITS[y * SIZE + x], 20);
    const pictures = split(corrupt(same, name, { seed: 3 }));
    const different = new Set(pictures.map((picture) => picture.toBase64())).size;
    if (FIXED.includes(name)) {
      assertEquals(different, 1);
      assertEquals(corrupt(same, name, { seed: 4 }), corrupt(same, name, { seed: 3 }));
    } else {
      assert(different > 1);
      assertNotEquals(corrupt(same, name, { seed: 4 }), corrupt(same, name, { seed: 3 }));
    }
  });

  Deno.test(`corrupt() has 1 as its seed for ${name}, and does nothing to no pictures`, () => {
    assertEquals(corrupt(DIGITS, name), corrupt(DIGITS, name, { seed: 1 }));
    assertEquals(corrupt(new Uint8Array(0), name), new Uint8Array(0));
  });
}

Deno.test("corrupt() leaves blank paper blank where nothing is laid over it", () => {
  const blank = [
    ...["shot_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "translate"],
    ...["fog", "canny_edges"], // fog is no brighter than the brightest ink
  ];
  for (const name of CORRUPTIONS) {
    const isBlank = corrupt(BLANK, name).every((value) => value === 0);
    assertEquals(isBlank, blank.includes(name), name);
  }
});

Deno.test("corrupt() rejects an unknown name, and says which there are", () => {
  for (const name of ["snow", "", "toString"]) {
    const error = assertThrows(
      () => corrupt(DIGITS, name),
      RangeError,
      `There is no corruption "${name}"`,
    );
    for (const known of CORRUPTIONS) assert(error.message.includes(known));
  }
});

Deno.test("corrupt() rejects what are not whole pictures", () => {
  assertThrows(
    () => corrupt(new Uint8Array(PIXELS + 1), "stripe"),
    TypeError,
    "Expected pictures of 784 pixels, found 785 in all",
  );
});

Deno.test("shot_noise counts photons by the Poisson distribution, three for full ink", () => {
  for (const ink of [60, 128, 255]) {
    const counts = Array.from(corrupt(draw(() => ink, 200), "shot_noise"), (value) => value / 85);
    assertEquals([...new Set(counts)].sort(), [0, 1, 2, 3]); // more is clipped
    const rate = 3 * ink / 255;
    const share = (count: number) => counts.filter((c) => c === count).length / counts.length;
    for (const [count, factorial] of [[0, 1], [1, 1], [2, 2]]) {
      assertNear(share(count), Math.exp(-rate) * rate ** count / factorial, 0.005, `${ink}:`);
    }
  }
});

Deno.test("impulse_noise makes 17 % of the pixels black or white, half of them each", () => {
  const noisy = corrupt(draw(() => 100, 200), "impulse_noise");
  const share = (value: number) => noisy.filter((v) => v === value).length / noisy.length;
  assertNear(share(0), 0.085, 0.004);
  assertNear(share(255), 0.085, 0.004);
  assertNear(share(100), 0.83, 0.006);
});

Deno.test("glass_blur moves ink a few pixels, and keeps it", () => {
  const dots = corrupt(draw((x, y) => x === 14 && y === 14 ? 255 : 0, 500), "glass_blur");
  const ink = split(dots).map(measure);
  assertNear(mean(ink.map(({ mass }) => mass)), 255, 4); // but for rounding, down at first
  assertNear(mean(ink.map(({ x }) => x)), 14, 0.2);
  assertNear(mean(ink.map(({ y }) => y)), 14, 0.2);
  const spread = Math.sqrt(mean(ink.map(({ x }) => (x - 14) ** 2)));
  assertNear(spread, 0.69, 0.1); // as of MNIST-C's own two rounds
});

Deno.test("glass_blur blurs up and down only, which shows where nothing is shuffled", () => {
  const dot = corrupt(draw((x, y) => x === 0 && y === 14 ? 255 : 0), "glass_blur");
  dot.forEach((value, i) => {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    // Two blurs of sigma 0.7 are one of 0.7 sqrt(2), less the rounding down between them.
    const gaussian = 255 * Math.exp(-0.5 * (y - 14) ** 2 / 0.98) / Math.sqrt(2 * Math.PI * 0.98);
    assertNear(value, x === 0 ? gaussian : 0, 3);
  });
});

Deno.test("motion_blur trails a dot off to the left, over 45 degrees up and down", () => {
  const dots = corrupt(draw((x, y) => x === 20 && y === 14 ? 255 : 0, 200), "motion_blur");
  const angles = split(dots).map((picture) => {
    const { mass, x, y } = measure(picture);
    assertNear(mass, 255, 8);
    assert(picture.every((value, i) => value === 0 || i % SIZE <= 20));
    // Half a Gaussian of sigma 3 has its mean near 3 sqrt(2 / pi), in whole pixels less a bit.
    assertNear(Math.hypot(x - 20, y - 14), 2.1, 0.45);
    return Math.atan2(14 - y, 20 - x) * 180 / Math.PI;
  });
  assertNear(Math.min(...angles), -45, 3);
  assertNear(Math.max(...angles), 45, 3);
  assertNear(mean(angles), 0, 6);
});

Deno.test("shear moves rows by sin(0.4) each, to either side, and stretches the digit", () => {
  const upright = draw((x, y) => [13, 14].includes(x) && y >= 6 && y < 22 ? 255 : 0, 20);
  const leansDeg = split(corrupt(upright, "shear")).map((picture) => {
    const { mass, x, y } = measure(picture);
    assertNear(mass, 16 * 2 * 255 / Math.cos(0.4), 0.01 * 16 * 2 * 255);
    assertNear(x, 13.5, 0.02);
    assertNear(y, 13.5, 0.02);
    return (axisDeg(picture) + 180) % 180 - 90;
  });
  for (const leanDeg of leansDeg) {
    assertNear(Math.abs(leanDeg), Math.atan(Math.sin(0.4)) * 180 / Math.PI, 0.5);
  }
  assert(Math.min(...leansDeg) < 0 && Math.max(...leansDeg) > 0);

  const level = draw((x, y) => [13, 14].includes(y) && x >= 5 && x < 23 ? 255 : 0, 20);
  for (const picture of split(corrupt(level, "shear"))) assertNear(axisDeg(picture), 0, 1);
});

Deno.test("rotate turns a stroke by 0.4 radians, to either side, about the centre", () => {
  const level = draw((x, y) => [13, 14].includes(y) && x >= 4 && x < 24 ? 255 : 0, 20);
  const angles = split(corrupt(level, "rotate")).map((picture) => {
    const { mass, x, y } = measure(picture);
    assertNear(mass, 20 * 2 * 255, 0.01 * 20 * 2 * 255);
    assertNear(x, 13.5, 0.02);
    assertNear(y, 13.5, 0.02);
    return axisDeg(picture);
  });
  for (const angle of angles) assertNear(Math.abs(angle), 0.4 * 180 / Math.PI, 0.5);
  assert(Math.min(...angles) < 0 && Math.max(...angles) > 0);
});

Deno.test("scale shrinks a square to 70 % of its width, about the centre", () => {
  const square = draw((x, y) => Math.max(Math.abs(x - 13.5), Math.abs(y - 13.5)) < 10 ? 255 : 0);
  const { mass, x, y } = measure(corrupt(square, "scale"));
  assertNear(mass / 255, (0.7 * 20) ** 2, 1);
  assertNear(x, 13.5, 0.01);
  assertNear(y, 13.5, 0.01);
});

Deno.test("brightness adds half of full ink, and no more than there can be", () => {
  const ramp = draw((x) => 9 * x);
  corrupt(ramp, "brightness").forEach((value, i) => {
    assertNear(value, Math.min(255, ramp[i] + 127.5), 0.5);
  });
});

Deno.test("translate moves all ink by three pixels, into each of the corners", () => {
  const moved = (picture: Uint8Array, dx: number, dy: number) =>
    draw((x, y) =>
      x >= dx && x < SIZE + dx && y >= dy && y < SIZE + dy ? picture[(y - dy) * SIZE + x - dx] : 0
    );
  const corners = [[-3, -3], [-3, 3], [3, -3], [3, 3]];
  const found = split(corrupt(DIGITS, "translate")).map((picture, i) => {
    const original = split(DIGITS)[i];
    return corners.findIndex(([dx, dy]) => equal(picture, moved(original, dx, dy)));
  });
  assertEquals([...new Set(found)].sort(), [0, 1, 2, 3]);
});

Deno.test("stripe inverts the outer quarters, and is undone by another", () => {
  const striped = corrupt(DIGITS, "stripe");
  striped.forEach((value, i) => {
    const isInside = i % SIZE >= 7 && i % SIZE < 21;
    assertEquals(value, isInside ? DIGITS[i] : 255 - DIGITS[i]);
  });
  assertEquals(corrupt(striped, "stripe"), DIGITS);
});

Deno.test("fog leaves a quarter of the contrast, and differs between pictures", () => {
  const half = draw((x) => x < 14 ? 0 : 255, 400);
  const levels = split(corrupt(half, "fog")).map((picture) => {
    const [left, right] = [13, 14].map((x) =>
      mean(Array.from({ length: SIZE }, (_, y) => picture[y * SIZE + x]))
    );
    assertNear(right - left, 255 / 4, 5);
    return left / (255 * 3 / 4);
  });
  // High and low are alike by chance. The deviation is that of MNIST-C's own formula.
  assertNear(mean(levels), 0.5, 0.04);
  assertNear(Math.sqrt(mean(levels.map((level) => (level - 0.5) ** 2))), 0.2, 0.02);
});

Deno.test("fog is as smooth in all places", () => {
  const pictures = split(corrupt(draw((x, y) => x + y === 0 ? 255 : 0, 400), "fog"));
  for (let y = 0; y < SIZE - 1; y++) {
    // Just beside the diagonal, away from the dot.
    const steps = pictures.map((picture) =>
      Math.abs(picture[(y + 1) * SIZE + y + 1] - picture[y * SIZE + y + 1])
    );
    assertNear(mean(steps), 0.0081 * 255 * 3 / 4, 1, `Row ${y}`); // MNIST-C's mean
  }
});

Deno.test("fog is no brighter than the brightest ink, however faint that is", () => {
  const faint = corrupt(draw((x, y) => x === y ? 40 : 0, 50), "fog");
  assert(Math.max(...faint) <= 40 && Math.max(...faint) > 30);
});

Deno.test("spatter lays grey mud over paper and ink alike", () => {
  const [onPaper, onInk] = [0, 255].map((ink) => corrupt(draw(() => ink, 40), "spatter"));
  // The same drops: each pixel is so much mud and so much of what is behind.
  const covered = onPaper.filter((mud, i) => {
    const cover = 1 - (onInk[i] - mud) / 255;
    assertNear(mud, 63 * cover, 0.51);
    assert(cover === 0 || cover > 0.79, `${cover}`);
    return cover > 0;
  });
  assertNear(covered.length / onPaper.length, 0.16, 0.06);
});

Deno.test("dotted_line adds dashes of two columns on a straight line from border to border", () => {
  const heights = split(corrupt(BLANK, "dotted_line")).map((picture) => {
    const rows = lineRows(picture);
    const drawn = [...rows.keys()].filter((x) => !Number.isNaN(rows[x]));
    assertEquals(drawn, [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26]);
    const slope = (rows[22] - rows[6]) / 16;
    for (const x of [10, 11, 14, 15, 18, 19]) assertNear(rows[x], rows[6] + slope * (x - 6), 0.3);
    return rows[14];
  });
  assertNear(mean(heights), 13, 4);
});

Deno.test("dotted_line is as thick as MNIST-C's", () => {
  const lines = corrupt(draw(() => 0, 500), "dotted_line");
  const middle = lines.filter((_, i) => i % SIZE === 14); // where lines are seldom cut off
  // The integral of max(0, 1 + log(1 - |d| / 2.3)).
  assertNear(mean(middle) * SIZE / 255, 2 * 2.3 / Math.E, 0.02);
});

Deno.test("dotted_line and zigzag take no ink away", () => {
  for (const name of ["dotted_line", "zigzag"]) {
    const lined = corrupt(DIGITS, name);
    assert(lined.every((value, i) => value >= DIGITS[i]));
    // The same line as on paper, as far as there is room for ink.
    const line = corrupt(BLANK, name);
    lined.forEach((value, i) => assertNear(value, Math.min(255, DIGITS[i] + line[i]), 1));
  }
});

Deno.test("zigzag has a corner every four columns, two pixels above and below a line", () => {
  let checked = 0;
  for (const picture of split(corrupt(BLANK, "zigzag"))) {
    const isCut = [...picture.subarray(0, SIZE), ...picture.subarray(-SIZE)].some((v) => v > 0);
    if (isCut) continue; // it leaves the picture
    checked++;
    const rows = lineRows(picture);
    for (let x = 0; x < SIZE; x++) {
      // Its very end may touch column 25.
      if (x !== 25) assertEquals(Number.isNaN(rows[x]), x < 2 || x > 24);
    }
    for (const [x, side] of [[8, -1], [12, 1], [16, -1]]) {
      assertNear(rows[x] - (rows[x - 4] + rows[x + 4]) / 2, side * 4, 1.2);
    }
  }
  assert(checked > 15);
});

Deno.test("canny_edges draws both sides of a stroke, and nothing else", () => {
  const stroke = draw((x, y) => x >= 10 && x < 18 && y >= 4 && y < 24 ? 255 : 0);
  const edges = corrupt(stroke, "canny_edges");
  for (let y = 8; y < 20; y++) {
    const row = edges.subarray(y * SIZE, (y + 1) * SIZE);
    const columns = [...row.keys()].filter((x) => row[x] > 0);
    // The steps are between two pixels, which are as steep as each other.
    assert(columns.length > 0 && columns.every((x) => [9, 10, 17, 18].includes(x)), `${columns}`);
    assert(columns.some((x) => x < 14) && columns.some((x) => x > 14));
  }
  assertEquals([...new Set(edges)].sort(), [0, 255]);
});

Deno.test("canny_edges follows a faint edge only where it leads to a strong one", () => {
  // Blurred, a step of full ink has a gradient of 2.56: 20 bytes of ink have 0.2, and 10 have 0.1.
  const rowsWithEdge = (ink: (y: number) => number) => {
    const edges = corrupt(draw((x, y) => x >= 14 ? ink(y) : 0), "canny_edges");
    return new Set(edges.keys().filter((i) => edges[i] > 0).map((i) => Math.floor(i / SIZE))).size;
  };
  assertEquals(rowsWithEdge(() => 19), 0);
  assertEquals(rowsWithEdge(() => 21), SIZE - 2);
  assertEquals(rowsWithEdge((y) => Math.max(12, 24 - y)), SIZE - 2);
  const fading = rowsWithEdge((y) => Math.max(0, 24 - y)); // 10 at row 14
  assertNear(fading, 14, 1);
});
