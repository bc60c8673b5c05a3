import { assert, assertEquals } from "@std/assert";
import { classCount } from "../../lib/model/layers.ts";
import { ADAM, RECIPES } from "../../lib/model/recipes.ts";

for (const [name, recipe] of Object.entries(RECIPES)) {
  Deno.test(`the recipe ${name} holds together`, () => {
    assertEquals(recipe.name, name);
    // Placing the layers checks each of them.
    assertEquals(classCount(recipe), 10);
    const { beta1, beta2, epsilon, weightDecay } = recipe.optimizer;
    for (const fraction of [beta1, beta2, weightDecay, recipe.labelSmoothing]) {
      assert(fraction >= 0 && fraction < 1, `${fraction} is not from 0 to below 1`);
    }
    assert(epsilon > 0);
    assert(recipe.validationSplit >= 0 && recipe.validationSplit < 1);
    // A step that is decayed by more than the weight itself would turn it round.
    assert(recipe.learningRate.start * weightDecay < 1);
  });
}

Deno.test("dense and cnn train as Keras does by default", () => {
  for (const { optimizer, labelSmoothing } of [RECIPES.dense, RECIPES.cnn]) {
    assertEquals(optimizer, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 });
    assertEquals(optimizer, ADAM);
    assertEquals(labelSmoothing, 0);
  }
});
