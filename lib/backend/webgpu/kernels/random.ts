// Random numbers in WGSL: those of lib/random.ts and lib/model/dropout.ts, bit by bit.

/** `mixed(bits)`: as mix() of lib/model/dropout.ts. */
export const MIX = `
fn mixed(bits: u32) -> u32 {
  var x = bits;
  x ^= x >> 16;
  x *= 0x21f0aaad;
  x ^= x >> 15;
  x *= 0x735a2d97;
  return x ^ (x >> 15);
}`;

/**
 * `Random`, made by `randomOf(seed, stream)`: as in lib/random.ts. `draw(&random)` gives the next 32 bits,
 * `drawBetween(&random, low, high)` a number made of 24 of them. Takes {@linkcode MIX}.
 */
export const RANDOM = `
struct Random {
  a: u32,
  b: u32,
  c: u32,
  counter: u32,
}

fn randomOf(seed: u32, stream: u32) -> Random {
  const GOLDEN = 0x9e3779b9u;
  var random = Random(seed ^ (stream * GOLDEN), 0, 0, 1);
  random.a += GOLDEN;
  random.b = random.a + GOLDEN;
  random.c = random.b + GOLDEN;
  random.a = mixed(random.a);
  random.b = mixed(random.b);
  random.c = mixed(random.c);
  for (var i = 0; i < 12; i++) {
    _ = draw(&random);
  }
  return random;
}

fn draw(random: ptr<function, Random>) -> u32 {
  let drawn = random.a + random.b + random.counter;
  random.counter++;
  random.a = random.b ^ (random.b >> 9);
  random.b = random.c + (random.c << 3);
  random.c = ((random.c << 21) | (random.c >> 11)) + drawn;
  return drawn;
}

fn drawBetween(random: ptr<function, Random>, low: f32, high: f32) -> f32 {
  return low + (high - low) * (f32(draw(random) >> 8) * 0x1p-24);
}`;
