// What people set up to have digits read over HTTP: onnxruntime-node behind node:http, the picture
// decoded and scaled by sharp or jimp. Run by Node: server.mjs CONFIG; it prints its address.
// onnxruntime-node 1.30.0 (MIT), sharp 0.35.5 (Apache-2.0), jimp 1.6.1 (MIT), of September 2026.

import cluster from "node:cluster";
import { createServer } from "node:http";
import process from "node:process";
import * as pictures from "./pictures.mjs";

/**
 * @typedef {object} Config
 * @property {string} onnx The network: float32 [N, 28, 28, 1] from 0, paper, to 1, to logits [N, 10].
 * @property {"sharp" | "jimp"} library
 * @property {boolean} fit Whether the digit is fitted into 20x20, as MNIST's are, or the picture is
 *   only resized to 28x28, as tutorials do.
 * @property {number} processes
 * @property {number} [threads] Of each process for the network; as many as it likes unless given.
 */

/** @type {Config} */
const config = JSON.parse(process.argv[2]);

if (cluster.isPrimary && config.processes > 1) startProcesses();
else await serve();

function startProcesses() {
  let listening = 0;
  cluster.on("listening", (_, { port }) => {
    if (++listening === config.processes) printAddress(port);
  });
  for (let i = 0; i < config.processes; i++) cluster.fork();
}

async function serve() {
  const { default: ort } = await import("onnxruntime-node");
  const decode = await pictures[config.library](config.fit);
  const session = await ort.InferenceSession.create(config.onnx, {
    graphOptimizationLevel: "all",
    ...(config.threads ? { intraOpNumThreads: config.threads, interOpNumThreads: 1 } : {}),
  });
  const server = createServer(async (request, response) => {
    try {
      const pixels = await decode(await bodyOf(request));
      const image = new ort.Tensor("float32", pixels, [1, 28, 28, 1]);
      const { logits } = await session.run({ image }, ["logits"]);
      answer(response, 200, classify(logits.data));
    } catch (error) {
      answer(response, 422, { error: error.message });
    }
  });
  server.listen(0, "127.0.0.1", () => {
    if (cluster.isPrimary) printAddress(server.address().port);
  });
}

/** @returns {Promise<Buffer>} */
function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function classify(logits) {
  const largest = Math.max(...logits);
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return { digit: `${logits.indexOf(largest)}`, confidence: 1 / sum };
}

function answer(response, status, value) {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function printAddress(port) {
  console.log(`http://127.0.0.1:${port}`);
}
