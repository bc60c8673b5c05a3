// What the server counts, for Prometheus.

import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** From a page's file to a photo that is read in every way. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const PICTURES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "digits_http_requests_total",
    help: "Requests that were answered",
    labelNames: ["route", "status"],
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: "digits_http_request_duration_seconds",
    help: "Time from the end of the headers to the answer",
    labelNames: ["route"],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #refused = new Counter({
    name: "digits_refused_total",
    help: "Requests that were refused because the server had too much to do",
    registers: [this.#registry],
  });
  readonly #pictures = new Counter({
    name: "digits_pictures_total",
    help: "Pictures that were read, and tensors' pictures that were classified",
    registers: [this.#registry],
  });
  readonly #digits = new Counter({
    name: "digits_digits_total",
    help: "Digits that were found in pictures",
    registers: [this.#registry],
  });
  readonly #batches = new Histogram({
    name: "digits_batch_pictures",
    help: "Pictures of digits that a network was given at a time",
    buckets: PICTURES,
    registers: [this.#registry],
  });

  /** @param waiting Gives how many jobs wait for a thread. */
  constructor(waiting: () => number) {
    new Gauge({
      name: "digits_queue_length",
      help: "Pictures that wait for a thread",
      registers: [this.#registry],
      collect() {
        this.set(waiting());
      },
    });
  }

  /** @param route The route's pattern: of paths there is no end. */
  countRequest(route: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status });
    this.#seconds.observe({ route }, seconds);
  }

  countRefused(): void {
    this.#refused.inc();
  }

  countPictures(pictures: number, digits = 0): void {
    this.#pictures.inc(pictures);
    this.#digits.inc(digits);
  }

  countBatch(pictures: number): void {
    this.#batches.observe(pictures);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}
