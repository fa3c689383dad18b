/**
 * Simulates how often the 95 % intervals hold the true value, and prints it for numbers of seeds and
 * samples, accuracies and spreads between trainings:
 *
 *     deno run scripts/interval_coverage.ts --trials 2000
 *
 * Samples differ in difficulty, which all trainings share; single samples are easier for one training
 * than for another, and for one model than for the other; trainings differ as a whole. A trial draws
 * samples, trainings and answers anew, and makes the intervals of one accuracy and of a paired difference
 * as a table does. With several seeds the truth is the mean over all samples and trainings; with one seed,
 * whose interval is over samples alone, it is that of this training over all samples.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { RandomStream } from "../core/random.ts";
import type { Evidence } from "../core/results/evidence.ts";
import { accuracy, sampleMeanMetric } from "../core/results/metric.ts";
import { metricDifference, metricInterval } from "../core/results/statistics.ts";
import { wilsonInterval } from "../core/results/wilson.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";

/** What is simulated. */
export interface CoverageOptions {
  readonly trials: number;
  /** Samples (icons, images) of the split. */
  readonly samples: number;
  readonly views: number;
  /** Trainings of each of the two models. */
  readonly seeds: number;
  /** True accuracy of the base, as a share; that of the other model is 4 points more. */
  readonly accuracy: number;
  /** Standard deviation of the accuracy between trainings, as a share. */
  readonly seedDeviation: number;
  /** Whose accuracy is the truth. @default {"trainings", with one seed "training"} */
  readonly truth?: "training" | "trainings";
}

/** How often an interval held the true value. */
export interface Coverage {
  /** Share of the trials. */
  readonly share: number;
  /** 95 % interval of that share. */
  readonly ci95: [number, number];
  /** Mean width of the intervals, in points. */
  readonly width: number;
}

/** Standard deviations of logits. */
const spreads = {
  /** Between samples, for all trainings of both models alike. */
  sample: 2,
  /** Between samples, for one of the models. */
  model: 0.6,
  /** Between samples, for one training. */
  training: 0.8,
};

/** Spread of a sample's logit of the base and of the other model, for a given training. */
const ofSample = {
  base: Math.hypot(spreads.sample, spreads.training),
  other: Math.hypot(spreads.sample, spreads.model, spreads.training),
};

const logistic = (logit: number) => 1 / (1 + Math.exp(-logit));

/** Steps and weights of an integral over the standard normal distribution, −6 to 6. */
const normalSteps = Array.from({ length: 97 }, (_, index) => {
  const at = (index - 48) / 8;
  return { at, weight: Math.exp(-at * at / 2) / Math.sqrt(2 * Math.PI) / 8 };
});

/** Mean of the logistic function of a normal number. */
function meanRate(mean: number, deviation: number): number {
  return normalSteps.reduce(
    (sum, { at, weight }) => sum + weight * logistic(mean + deviation * at),
    0,
  );
}

/** Logit about which the mean rate is what is wanted. */
function logitOf(rate: number, deviation: number): number {
  let low = -20, high = 20;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (meanRate(middle, deviation) < rate) low = middle;
    else high = middle;
  }
  return low;
}

/** A model whose trainings have an accuracy in the mean and a spread: logits. */
function model(rate: number, seedDeviation: number, deviation: number) {
  const near = logitOf(rate, deviation);
  const slope = (meanRate(near + 0.01, deviation) - meanRate(near - 0.01, deviation)) / 0.02;
  const ofTraining = seedDeviation / slope;
  return { mean: logitOf(rate, Math.hypot(deviation, ofTraining)), ofTraining, deviation };
}

/** Random numbers with 32 bits and both of a pair of normal ones: most of the time goes into them. */
class QuickStream {
  readonly #stream: RandomStream;
  #second: number | null = null;

  constructor(stream: RandomStream) {
    this.#stream = stream;
  }

  uniform(): number {
    return (this.#stream.uint32() + 0.5) / 2 ** 32;
  }

  normal(): number {
    const second = this.#second;
    if (second !== null) {
      this.#second = null;
      return second;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform())), angle = 2 * Math.PI * this.uniform();
    this.#second = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** How many of some views are right, each with a probability. */
function countRight(random: QuickStream, rate: number, views: number): number {
  let left = random.uniform();
  let probability = (1 - rate) ** views;
  for (let right = 0; right < views; right++) {
    left -= probability;
    if (left < 0) return right;
    probability *= (views - right) / (right + 1) * rate / (1 - rate);
  }
  return views;
}

/** Simulates trials; the same for the same options. */
export function simulateCoverage(
  options: CoverageOptions,
): { readonly accuracy: Coverage; readonly difference: Coverage } {
  const { trials, samples, views, seeds, seedDeviation } = options;
  const { truth = seeds === 1 ? "training" : "trainings" } = options;
  // What is simulated has numbers of its own, so that one unlucky stream is not all of a row.
  const random = new QuickStream(new RandomStream(17, "coverage", JSON.stringify(options)));
  const sampleIds = Array.from({ length: samples }, (_, index) => `icon/${index}`);
  const sample = Uint32Array.from({ length: samples }, (_, index) => index);
  // The accuracy of a table, without its checks of every row.
  const metric = sampleMeanMetric({
    ...accuracy,
    scale: 100 / views,
    values: ({ tables }) => new Float64Array(tables["images"]!.columns["right"]!),
  });
  const rates = { base: options.accuracy, other: options.accuracy + 0.04 };
  const base = model(rates.base, seedDeviation, ofSample.base);
  const other = model(rates.other, seedDeviation, ofSample.other);
  const difficulty = new Float64Array(samples), gain = new Float64Array(samples);
  const train = ({ mean, ofTraining, deviation }: typeof base, gains: Float64Array | null) => {
    const level = mean + ofTraining * random.normal();
    const right = new Float32Array(samples);
    for (let index = 0; index < samples; index++) {
      const logit = level + difficulty[index]! + (gains?.[index] ?? 0) +
        spreads.training * random.normal();
      right[index] = countRight(random, logistic(logit), views);
    }
    const evidence: Evidence = { sampleIds, tables: { images: { sample, columns: { right } } } };
    return { rate: meanRate(level, deviation), evidence };
  };
  const held = { accuracy: 0, difference: 0 }, width = { accuracy: 0, difference: 0 };
  const note = (of: "accuracy" | "difference", [low, high]: [number, number], value: number) => {
    if (low <= value && value <= high) held[of]++;
    width[of] += (high - low) / trials;
  };
  for (let trial = 0; trial < trials; trial++) {
    for (let index = 0; index < samples; index++) {
      difficulty[index] = spreads.sample * random.normal();
      gain[index] = spreads.model * random.normal();
    }
    const from = Array.from({ length: seeds }, () => train(base, null));
    const to = Array.from({ length: seeds }, () => train(other, gain));
    const mean = (runs: typeof from) => runs.reduce((sum, { rate }) => sum + rate, 0) / seeds;
    const found = truth === "training" ? { base: mean(from), other: mean(to) } : rates;
    const [one, two] = [from, to].map((runs) => runs.map(({ evidence }) => evidence));
    note("accuracy", metricInterval(metric, one!).ci95, 100 * found.base);
    const { ci95 } = metricDifference(metric, one!, two!);
    note("difference", ci95, 100 * (found.other - found.base));
  }
  const coverageOf = (of: "accuracy" | "difference"): Coverage => ({
    share: held[of] / trials,
    ci95: wilsonInterval(held[of], trials),
    width: width[of],
  });
  return { accuracy: coverageOf("accuracy"), difference: coverageOf("difference") };
}

/** What the docs print. */
const places = {
  seeds: [1, 3, 5, 10],
  seedDeviations: [0, 0.01, 0.03],
  samples: [100, 500, 2000],
  accuracies: [0.3, 0.6, 0.9],
};

/** From so many answers of one model on, half of the trials are simulated. */
const manyAnswers = 2500;

function printGrid(trials: number, views: number): void {
  const columns = places.seeds.flatMap((seeds) =>
    places.seedDeviations.map((seedDeviation) => ({ seeds, seedDeviation }))
  );
  const found = places.samples.flatMap((samples) =>
    places.accuracies.map((accuracy) => ({
      samples,
      accuracy,
      cells: columns.map((column) => {
        const isLong = samples * column.seeds > manyAnswers;
        return simulateCoverage({
          trials: isLong ? Math.ceil(trials / 2) : trials,
          views,
          samples,
          accuracy,
          ...column,
        });
      }),
    }))
  );
  const headers = columns.map(({ seeds, seedDeviation }) => `${seeds}, ${100 * seedDeviation}`);
  for (const  of of["accuracy", "difference"] as const) {
    console.log(`\n| ${["samples", `${of}: seeds, spread →`, ...headers].join(" | ")} |`);
    console.log(`|${" --- |".repeat(headers.length + 2)}`);
    for (const { samples, accuracy: rate, cells } of found) {
      const texts = cells.map((cell) => (100 * cell[of].share).toFixed(1));
      console.log(`| ${[samples, rate, ...texts].join(" | ")} |`);
    }
    const shares = found.flatMap(({ cells }) => cells.map((cell) => 100 * cell[of].share));
    const inside = shares.filter((share) => Math.abs(share - 95) <= 1).length;
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    console.log(
      `${of}: ${Math.min(...shares).toFixed(1)} to ${Math.max(...shares).toFixed(1)} %, mean ` +
        `${mean.toFixed(2)} %; ${inside} of ${shares.length} in 95 ± 1 %`,
    );
  }
}

if (import.meta.main) {
  const { trials, views } = readOptions(() => {
    const { values } = parseArgs({
      options: {
        trials: { type: "string", default: "2000" },
        views: { type: "string", default: "4" },
      },
    });
    return {
      trials: wholeNumberOption("--trials", values.trials, 1),
      views: wholeNumberOption("--views", values.views, 1),
    };
  });
  console.log(`${trials} trials, ${views} views of each sample; coverage in %`);
  printGrid(trials, views);
}
