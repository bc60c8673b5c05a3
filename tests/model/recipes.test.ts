import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { classCount } from "../../lib/model/layers.ts";
import { findRecipe, learningRateAt, RECIPES } from "../../lib/model/recipes.ts";

for (const [name, recipe] of Object.entries(RECIPES)) {
  Deno.test(`the recipe ${name} holds together`, () => {
    assertEquals(recipe.name, name);
    // Placing the layers checks each of them.
    assertEquals(classCount(recipe), recipe.dataset === "mnist-or-others" ? 2 : 10);
    const { beta1, beta2, epsilon, weightDecay } = recipe.optimizer;
    for (const fraction of [beta1, beta2, weightDecay, recipe.labelSmoothing]) {
      assert(fraction >= 0 && fraction < 1, `${fraction} is not from 0 to below 1`);
    }
    assert(epsilon > 0);
    assert(recipe.validationSplit >= 0 && recipe.validationSplit < 1);
    // A step that is decayed by more than the weight itself would turn it round.
    const { start, peak, end, warmUp } = recipe.learningRate;
    assert(peak * weightDecay < 1);
    assert(start >= 0 && start <= peak && end >= 0 && end <= peak && warmUp >= 0 && warmUp < 1);
  });
}

Deno.test("findRecipe() gives dense and cnn the original program's settings for --classic", () => {
  for (const name of ["dense", "cnn"]) {
    const recipe = findRecipe(name, { classic: true });
    const { optimizer, labelSmoothing, augmentation, learningRate } = recipe;
    assertEquals(optimizer, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 });
    assertEquals([labelSmoothing, augmentation], [0, undefined]);
    for (const progress of [0, 0.3, 1]) {
      assertAlmostEquals(learningRateAt(learningRate, progress), 0.001, 1e-15);
    }
    const { layers, epochs, batchSize } = findRecipe(name);
    assertEquals([recipe.layers, recipe.epochs, recipe.batchSize], [layers, epochs, batchSize]);
  }
  assertEquals(findRecipe("dense", { classic: true }).validationSplit, 0);
  assertEquals(findRecipe("cnn", { classic: true }).validationSplit, 0.1);
});

Deno.test("findRecipe() says which recipes there are, and which have an original", () => {
  assertThrows(() => findRecipe("rnn"), UserError, 'There is no recipe "rnn", only dense, cnn');
  assertThrows(
    () => findRecipe("best", { classic: true }),
    UserError,
    "The original program had no best: --classic is for dense and cnn",
  );
});

Deno.test("learningRateAt() goes up to the peak and down to the end in straight lines", () => {
  const schedule = { start: 0.1, peak: 1, end: 0.2, warmUp: 0.25 };
  const expected = [[0, 0.1], [0.125, 0.55], [0.25, 1], [0.625, 0.6], [1, 0.2]];
  for (const [progress, rate] of expected) {
    assertAlmostEquals(learningRateAt(schedule, progress), rate, 1e-12);
  }
  // Without a warm-up it starts at the peak.
  assertEquals(learningRateAt({ ...schedule, warmUp: 0 }, 0), 1);
});
