// The page's second worker: trains a network, while the first one reads what is drawn.

/// <reference lib="dom" />
import { expose } from "comlink";
import { train } from "./training/train.ts";

/** What the page may call. */
export interface TrainingService {
  train: typeof train;
}

expose({ train } satisfies TrainingService);
