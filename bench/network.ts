// Times a network on one of this project's backends, as a process of its own:
// network.ts train|infer CONFIG, then a line on stdin for each round.

import { chooseBackend } from "../lib/backend/choose.ts";
import type { Network } from "../lib/backend/backend.ts";
import { initialWeights } from "../lib/model/layers.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { loadModel } from "../lib/model/store.ts";
import { Random } from "../lib/random.ts";
import { answer, perSecond, requests, WARM_UP } from "./answers.ts";
import { cut, readExamples, trainingSteps } from "./steps.ts";
import type { InferenceConfig, InferenceRequest, TrainingConfig } from "./work.ts";

/** What only this contender is told. */
interface Own {
  backend: string;
  threads: number;
}

async function train(config: TrainingConfig & Own): Promise<void> {
  const recipe = RECIPES[config.network];
  const { backend } = await chooseBackend(config.backend, { threads: config.threads, recipe });
  const network = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)));
  const start = await network.state();
  const step = trainingSteps(network, await readExamples(config), config.batch);
  const finish = () => network.takeResults();
  answer({ detail: backend.description });
  for await (const _ of requests()) {
    // Each round starts from the same weights: what is skipped as zero depends on them.
    network.setState(start);
    await perSecond(step, WARM_UP * config.seconds, finish);
    answer(config.batch * await perSecond(step, config.seconds, finish));
  }
  network.dispose();
}

async function infer(config: InferenceConfig & Own): Promise<void> {
  const { architecture, weights } = await loadModel(config.model);
  const { backend } = await chooseBackend(config.backend, { threads: config.threads });
  const network: Network = backend.createNetwork(architecture, weights);
  const examples = await readExamples(config);
  answer({ detail: backend.description });
  for await (const { batch, logits } of requests<InferenceRequest>()) {
    const batches = cut(examples, batch);
    const step = (i: number) => network.logits(batches[i % batches.length].images);
    if (logits) {
      answer([...await step(0)]);
    } else {
      await perSecond(step, WARM_UP * config.seconds);
      answer(batch * await perSecond(step, config.seconds));
    }
  }
  network.dispose();
}

const [mode, config] = Deno.args;
await (mode === "train" ? train : infer)(JSON.parse(config));
// Threads that wait would keep the process alive.
Deno.exit(0);
