// A trained model as a ZIP of a folder of models, as the program takes it.

import { zipSync } from "fflate";
import { encodeModel, type Model, WEIGHTS_FILE } from "../../../model/format.ts";
import { encodeMetrics, type Metrics, METRICS_FILE } from "../../../model/metrics.ts";

/** The folder that the ZIP holds. */
export const FOLDER = "my-models";

/** A ZIP of `my-models/NAME/` with model.json, weights.bin and metrics.json. */
export function toZip(model: Model, metrics: Metrics): Uint8Array<ArrayBuffer> {
  const { json, weights } = encodeModel(model);
  const place = `${FOLDER}/${model.name}`;
  const text = new TextEncoder();
  return zipSync({
    [`${place}/model.json`]: text.encode(json),
    [`${place}/${WEIGHTS_FILE}`]: [weights, { level: 0 }], // there is nothing to gain
    [`${place}/${METRICS_FILE}`]: text.encode(encodeMetrics(metrics)),
  });
}
