import assert from "node:assert/strict";
import { join } from "node:path";
import { RandomStream } from "../random.ts";
import type { Evidence } from "./evidence.ts";
import { sampleMeanMetric } from "./metric.ts";
import { differencePower, errorsToSee, seedsToSee } from "./power.ts";
import { metricDifference } from "./statistics.ts";
import { addSeedsAndSamples } from "./variance.ts";

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
    const power = differencePower(metricDifference(metric, base, other), { paper: null });
    sampling += power.samplingError ** 2 / trials;
    seed += power.seedDeviation! ** 2 / trials;
    assert.equal(power.seedsForPaper, null);
  }
  // Var of the mean over samples σ²/n, whatever the seeds; of the difference between seeds τ² + ω²/n.
  assert(Math.abs(sampling / (9 / 120) - 1) < 0.05, `${sampling}`);
  assert(Math.abs(seed / (0.25 + 1 / 120) - 1) < 0.15, `${seed}`);
});

Deno.test("differencePower() says what would be seen nine times in ten", () => {
  for (const seeds of [3, 20]) {
    const sizes = { seeds, samples: 200, ofSeed: 0.8, ofSample: 2, ofBoth: 0 };
    const { base, other } = draw(1, sizes);
    const found = metricDifference(metric, base, other);
    const { samplingError, seedDeviation, detectable } = differencePower(found, { paper: 1 });
    const error = Math.sqrt(seedDeviation! ** 2 / seeds + samplingError ** 2);
    assert(Math.abs(detectable! / error - errorsToSee(found.error.degrees)) < 1e-9);
  }
  // Of nights whose true difference is what is detectable by their own errors on average, nine in ten
  // leave out zero.
  const sizes = { seeds: 10, samples: 100, ofSeed: 0.8, ofSample: 2, ofBoth: 0 };
  const error = Math.sqrt(0.8 ** 2 / 10 + 2 ** 2 / 100);
  const { degrees } = addSeedsAndSamples(
    { value: 0.8 ** 2 / 10, degrees: 9 },
    { value: 2 ** 2 / 100, degrees: 99 },
  );
  let seen = 0;
  for (let night = 0; night < 1000; night++) {
    const { base, other } = draw(night, { ...sizes, mean: errorsToSee(degrees) * error });
    const { ci95 } = metricDifference(metric, base, other);
    if (ci95[0] > 0) seen++;
  }
  assert(Math.abs(seen / 1000 - 0.9) < 0.03, `${seen}`);
});

Deno.test("errorsToSee() is near SciPy's noncentral t", async () => {
  const path = join(import.meta.dirname!, "testdata", "interval_reference.json");
  const { noncentral } = JSON.parse(await Deno.readTextFile(path)) as {
    noncentral: { degrees: number; value: number }[];
  };
  for (const { degrees, value } of noncentral) {
    assert(Math.abs(errorsToSee(degrees) / value - 1) < 0.03, `${degrees}: ${value}`);
  }
  assert(Math.abs(errorsToSee(Infinity) - 3.2415155) < 1e-6);
});

Deno.test("seedsToSee() gives the fewest seeds whose interval sees it, and says where none does", () => {
  for (
    const [difference, samplingError, seedDeviation] of [[5.3, 1, 2], [2, 0.3, 3], [
      9,
      1,
      0.5,
    ]] as const
  ) {
    const seeds = seedsToSee(difference, { samplingError, seedDeviation });
    const sees = (count: number) => {
      const { value, degrees } = addSeedsAndSamples(
        { value: seedDeviation ** 2 / count, degrees: count - 1 },
        { value: samplingError ** 2, degrees: Infinity },
      );
      return errorsToSee(degrees) * Math.sqrt(value) <= difference;
    };
    assert(sees(seeds) && (seeds === 2 || !sees(seeds - 1)), `${seeds}`);
    // A spread that is known would take fewer: σ_seed²/S + σ_sample² = (δ/3.24)².
    const known = seedDeviation ** 2 / ((difference / 3.241515) ** 2 - samplingError ** 2);
    assert(seeds >= known && seeds <= known + 4, `${seeds}, ${known}`);
  }
  assert.equal(seedsToSee(3, { samplingError: 1, seedDeviation: 0.1 }), 0);
  assert.equal(seedsToSee(5, { samplingError: 1, seedDeviation: 0 }), 1);
});

Deno.test("differencePower() of one seed knows only the error of the samples", () => {
  const { base, other } = draw(3, { seeds: 1, samples: 50, ofSeed: 0, ofSample: 1, ofBoth: 0 });
  const power = differencePower(metricDifference(metric, base, other), { paper: 5 });
  assert(power.samplingError > 0);
  assert.deepEqual([power.seedDeviation, power.detectable, power.seedsForPaper], [
    null,
    null,
    null,
  ]);
});
