import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import type { Evidence } from "./evidence.ts";
import { sampleMeanMetric } from "./metric.ts";
import { differencePower, seedsToSee } from "./power.ts";

const metric = sampleMeanMetric({
  key: "score",
  title: "score",
  unit: "",
  higherIsBetter: true,
  values: (evidence) => Float64Array.from(evidence.tables["scores"]!.columns["score"]!),
});

function evidenceOf(score: Float32Array): Evidence {
  const sample = Uint32Array.from(score.keys());
  return {
    sampleIds: Array.from(sample, (index) => `${index}`),
    tables: { scores: { sample, columns: { score } } },
  };
}

/** Nights of S seeds and n samples: the difference of a sample is μ + seed's + sample's + their own. */
function draw(trial: number, { seeds, samples, ofSeed, ofSample, ofBoth, mean = 0 }: {
  seeds: number;
  samples: number;
  ofSeed: number;
  ofSample: number;
  ofBoth: number;
  mean?: number;
}) {
  const random = new RandomStream(7, "power", trial);
  const bySample = Array.from({ length: samples }, () => ofSample * random.normal());
  const other = Array.from({ length: seeds }, () => {
    const bySeed = mean + ofSeed * random.normal();
    return evidenceOf(
      Float32Array.from(bySample, (value) => bySeed + value + ofBoth * random.normal()),
    );
  });
  const zero = evidenceOf(new Float32Array(samples));
  return { base: other.map(() => zero), other };
}

Deno.test("differencePower() tells the error of samples and of seeds apart", () => {
  const sizes = { seeds: 6, samples: 120, ofSeed: 0.5, ofSample: 3, ofBoth: 1 };
  let sampling = 0, seed = 0;
  const trials = 150;
  for (let trial = 0; trial < trials; trial++) {
    const { base, other } = draw(trial, sizes);
    const power = differencePower(metric, base, other, { paper: null });
    sampling += power.samplingError ** 2 / trials;
    seed += power.seedDeviation! ** 2 / trials;
    assert.equal(power.seedsForPaper, null);
  }
  // Var of the mean over samples (σ² + ω²/S)/n; of the difference between seeds τ² + ω²/n.
  assert(Math.abs(sampling / ((9 + 1 / 6) / 120) - 1) < 0.05, `${sampling}`);
  assert(Math.abs(seed / (0.25 + 1 / 120) - 1) < 0.15, `${seed}`);
});

Deno.test("differencePower() says what would be seen nine times in ten", () => {
  const sizes = { seeds: 20, samples: 200, ofSeed: 0.8, ofSample: 2, ofBoth: 0 };
  const { base, other } = draw(1, sizes);
  const { samplingError, seedDeviation, detectable } = differencePower(metric, base, other, {
    paper: 1,
  });
  const error = Math.sqrt(seedDeviation! ** 2 / 20 + samplingError ** 2);
  assert(Math.abs(detectable! / error - 3.2415) < 1e-4);
  // Of nights whose true difference is that, by the same errors, nine in ten leave out zero.
  const random = new RandomStream(2, "nights");
  let seen = 0;
  for (let night = 0; night < 4000; night++) {
    if (Math.abs(detectable! + error * random.normal()) > 1.959964 * error) seen++;
  }
  assert(Math.abs(seen / 4000 - 0.9) < 0.02, `${seen}`);
});

Deno.test("seedsToSee() solves σ_seed²/S + σ_sample² = (δ/3.24)², and says where nothing does", () => {
  for (const [difference, samplingError, seedDeviation] of [[5.3, 1, 2], [2, 0.3, 3]] as const) {
    const seeds = seedsToSee(difference, { samplingError, seedDeviation });
    const sees = (count: number) =>
      3.241515 * Math.sqrt(seedDeviation ** 2 / count + samplingError ** 2) <= difference;
    assert(sees(seeds) && (seeds === 1 || !sees(seeds - 1)), `${seeds}`);
  }
  assert.equal(seedsToSee(3, { samplingError: 1, seedDeviation: 0.1 }), 0);
  assert.equal(seedsToSee(5, { samplingError: 1, seedDeviation: 0 }), 1);
});

Deno.test("differencePower() of one seed knows only the error of the samples", () => {
  const { base, other } = draw(3, { seeds: 1, samples: 50, ofSeed: 0, ofSample: 1, ofBoth: 0 });
  const power = differencePower(metric, base, other, { paper: 5 });
  assert(power.samplingError > 0);
  assert.deepEqual([power.seedDeviation, power.detectable, power.seedsForPaper], [
    null,
    null,
    null,
  ]);
});
