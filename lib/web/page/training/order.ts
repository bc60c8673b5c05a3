// What the page asks its second worker for, and what it is told while it waits.

import type { Dataset } from "../../../data/dataset.ts";
import type { Fallback } from "../../../model/seed.ts";
import type { TrainedEpoch, TrainingProgress } from "../../../model/trainer.ts";

/** As many digits as are drawn in about a second. */
export const DRAWN = { train: 10_000, test: 2_000 };

/** Of everything random: who trains twice gets the same network. */
export const SEED = 1;

/** What is to be trained, and on what. */
export interface Order {
  data: "drawn" | "mnist" | Dataset;
  recipe: string;
  epochs: number;
}

/** What the page is told while it waits. */
export type Told =
  /** Something is being prepared. */
  | { type: "preparing"; what: string }
  /** Training begins, on so many pictures. */
  | { type: "begun"; pictures: number; backend: string; reason: string }
  | TrainingProgress
  | TrainedEpoch
  | Fallback;
