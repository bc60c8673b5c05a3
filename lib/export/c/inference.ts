// The C functions of a header, which differ from header to header in names and types alone.

/** What differs. */
export interface Names {
  /** What every name begins with: `digits_tiny`. */
  prefix: string;
  /** The same in capital letters. */
  macro: string;
  /** The type of kernels: `int8_t` or `float`. */
  weight: string;
}

/** A step's type, and the functions that take it. */
export function convolutionSource({ prefix, macro, weight }: Names): string {
  return `/* Pictures are [height][width][channels], kernels [size][size][channels][filters]. */
typedef struct {
  int height, width, channels;         /* of the input */
  int out_height, out_width, filters;  /* of the output */
  int size, padding, pool, relu;
  const ${weight} *kernel;
  const float *scale, *shift;          /* [filters] */
} ${prefix}_convolution;

/* sums[f] = what filter f gives with its first row and column laid on (row, column) of x. */
static void ${prefix}_lay(const ${prefix}_convolution *c, const float *x, int row, int column,
    float *sums) {
  for (int f = 0; f < c->filters; f++) sums[f] = 0.0f;
  for (int ky = 0; ky < c->size; ky++) {
    if (row + ky < 0 || row + ky >= c->height) continue;
    for (int kx = 0; kx < c->size; kx++) {
      if (column + kx < 0 || column + kx >= c->width) continue;
      const float *pixel = x + ((row + ky) * c->width + column + kx) * c->channels;
      const ${weight} *weights = c->kernel + (ky * c->size + kx) * c->channels * c->filters;
      for (int i = 0; i < c->channels; i++, weights += c->filters) {
        const float value = pixel[i];
        if (value == 0.0f) continue; /* as most are: paper, and what ReLU cut off */
        for (int f = 0; f < c->filters; f++) sums[f] += value * (float)weights[f];
      }
    }
  }
}

/* y = scale * (the largest of each window of pool x pool) + shift, at least 0 where ReLU follows. */
static void ${prefix}_convolve(const ${prefix}_convolution *c, const float *x, float *y) {
  static float sums[${macro}_FILTERS], largest[${macro}_FILTERS];
  for (int row = 0; row < c->out_height; row++) {
    for (int column = 0; column < c->out_width; column++) {
      for (int place = 0; place < c->pool * c->pool; place++) {
        ${prefix}_lay(c, x, row * c->pool + place / c->pool - c->padding,
            column * c->pool + place % c->pool - c->padding, sums);
        for (int f = 0; f < c->filters; f++) {
          if (place == 0 || sums[f] > largest[f]) largest[f] = sums[f];
        }
      }
      for (int f = 0; f < c->filters; f++) {
        const float value = c->scale[f] * largest[f] + c->shift[f];
        *y++ = c->relu && value < 0.0f ? 0.0f : value;
      }
    }
  }
}
`;
}

/** The mean over all places of a picture. */
export function meanSource({ prefix }: Names): string {
  return `/* y[i] = the mean of channel i. */
static void ${prefix}_mean(int places, int channels, const float *x, float *y) {
  for (int i = 0; i < channels; i++) y[i] = 0.0f;
  for (int place = 0; place < places; place++) {
    for (int i = 0; i < channels; i++) y[i] += *x++;
  }
  for (int i = 0; i < channels; i++) y[i] /= (float)places;
}
`;
}

/** What makes an answer of logits. */
export function predictSource({ prefix, macro }: Names, temperature: string): string {
  return `int ${prefix}_predict(const uint8_t *pixels, float *probabilities) {
  ${prefix}_logits(pixels, probabilities);
  int best = 0;
  for (int i = 1; i < ${macro}_CLASSES; i++) {
    if (probabilities[i] > probabilities[best]) best = i;
  }
  const float largest = probabilities[best];
  float sum = 0.0f;
  for (int i = 0; i < ${macro}_CLASSES; i++) {
    probabilities[i] = expf((probabilities[i] - largest) / ${temperature}); /* the temperature */
    sum += probabilities[i];
  }
  for (int i = 0; i < ${macro}_CLASSES; i++) probabilities[i] /= sum;
  return best;
}
`;
}
