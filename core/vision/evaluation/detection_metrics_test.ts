import assert from "node:assert/strict";
import { TaskError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { metricDifference, metricInterval } from "../../results/statistics.ts";
import { classAgnosticMetrics, cocoMetrics, lvisMetrics } from "./coco_metrics.ts";
import { errorMetrics } from "./error_metrics.ts";
import { collectEvidence, plainImage, randomTruth } from "./testdata/plain_images.ts";

const boxAp = cocoMetrics("box")[0]!;

/** Evidence of a detector that is better the smaller the jitter. */
function evidenceOf(jitter: number) {
  return collectEvidence(Array.from({ length: 20 }, (_, index) => {
    const random = new RandomStream(index, "jitter");
    const truth = randomTruth(index);
    const move = (value: number) => Math.max(0, Math.round(value + jitter * random.normal()));
    const found = truth.map(({ box: [x0, y0, x1, y1], category }) => {
      const left = move(x0), top = move(y0);
      const right = Math.max(left, Math.min(200, move(x1)));
      const bottom = Math.max(top, Math.min(200, move(y1)));
      return { box: [left, top, right, bottom] as const, category, score: random.uniform() };
    });
    return plainImage(`${index}`, truth, found);
  }));
}

Deno.test("metrics of detection have unique keys and are in percent or points", () => {
  const all = [
    ...cocoMetrics("box"),
    ...cocoMetrics("mask"),
    ...classAgnosticMetrics("box"),
    ...classAgnosticMetrics("mask"),
    ...errorMetrics("box"),
    ...errorMetrics("mask"),
  ];
  assert.equal(new Set(all.map(({ key }) => key)).size, all.length);
  assert.equal(new Set(all.map(({ title }) => title)).size, all.length);
  assert.deepEqual(lvisMetrics("box").map(({ key }) => key).slice(6, 10), [
    "boxApRare",
    "boxApCommon",
    "boxApFrequent",
    "boxAr300",
  ]);
});

Deno.test("metrics give intervals and paired differences", () => {
  const good = evidenceOf(4), bad = evidenceOf(12);
  for (const metric of [boxAp, cocoMetrics("mask")[0]!, errorMetrics("box")[1]!]) {
    const { value, ci95: [low, high] } = metricInterval(metric, [good], { resamples: 200 });
    assert.ok(low < value && value < high, `${metric.key}: ${low} ${value} ${high}`);
  }
  const { difference, ci95 } = metricDifference(boxAp, [bad], [good], { resamples: 200 });
  assert.ok(difference > 10 && ci95[0] > 0 && ci95[1] > difference, `${difference}, ${ci95}`);
  assert.equal(metricDifference(boxAp, [good], [good], { resamples: 20 }).difference, 0);
});

Deno.test("metrics leave a category out of a draw that has no object of it", () => {
  const right = { box: [0, 0, 50, 50] as const, category: 0 };
  const other = { box: [0, 0, 50, 50] as const, category: 1 };
  const evidence = collectEvidence([
    plainImage("a", [right], [right]),
    plainImage("b", [other], [right]),
    plainImage("c", [], []),
  ]);
  const value = boxAp.compile!(evidence);
  assert.equal(value(Float64Array.of(1, 1, 1)), 50);
  assert.equal(value(Float64Array.of(2, 0, 1)), 100);
  assert.equal(value(Float64Array.of(0, 3, 0)), 0);
  // Nothing to be found: no number, and intervals say that they leave the draw out.
  assert.equal(value(Float64Array.of(0, 0, 3)), NaN);
  const { undefinedResamples } = metricInterval(boxAp, [evidence], { resamples: 500 });
  assert.ok(undefinedResamples! > 0 && undefinedResamples! < 100);
});

Deno.test("metrics of which no object counts say so", () => {
  const small = [{ box: [0, 0, 10, 10] as const, category: 0 }];
  const evidence = collectEvidence([plainImage("a", small, small)]);
  const large = cocoMetrics("box").find(({ key }) => key === "boxApLarge")!;
  assert.throws(() => metricInterval(large, [evidence]), (error: Error) => {
    assert.ok(error instanceof TaskError);
    assert.match(error.message, /box AP of large objects: none of the 1 images has an object/);
    return true;
  });
  const nothing = collectEvidence([plainImage("a", [], small)]);
  assert.throws(() => metricInterval(errorMetrics("mask")[0]!, [nothing]), /has an object/);
});

Deno.test("metrics of masks ask for evidence with masks", () => {
  const object = [{ box: [0, 0, 10, 10] as const, category: 0 }];
  const evidence = collectEvidence([plainImage("a", object, object)], { masks: false });
  assert.throws(
    () => metricInterval(cocoMetrics("mask")[0]!, [evidence]),
    /expected a column "mask.all"/,
  );
});

Deno.test("metrics refuse evidence with categories that there cannot be", () => {
  const object = [{ box: [0, 0, 10, 10] as const, category: 0 }];
  const evidence = collectEvidence([plainImage("a", object, object)]);
  for (
    const [table, metric] of [["detections", boxAp], [
      "errors.box",
      errorMetrics("box")[0]!,
    ]] as const
  ) {
    for (const wrong of [-1, 0.5, 2 ** 23]) {
      const { sample, columns } = evidence.tables[table]!;
      const damaged = {
        ...evidence,
        tables: {
          ...evidence.tables,
          [table]: { sample, columns: { ...columns, category: Float32Array.of(wrong) } },
        },
      };
      assert.throws(
        () => metricInterval(metric, [damaged]),
        new RegExp(`"${table}", row 0: .*${wrong}`),
      );
    }
  }
});
