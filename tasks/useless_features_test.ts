import assert from "node:assert/strict";
import type { LabelAnnotation } from "../core/data/annotation.ts";
import { accuracy } from "../core/results/metric.ts";
import { metricInterval } from "../core/results/statistics.ts";
import { nearestNeighbours } from "./k_nn/k_nn.ts";
import { linearProbe } from "./linear_probe/linear_probe.ts";
import { semiSupervised } from "./semi_supervised/semi_supervised.ts";
import type { Task } from "./task.ts";
import { rightOf, runToy } from "./testdata/toy_task.ts";

const probe = { learningRate: 1, batchSize: 5, epochs: 20, warmupEpochs: 0, milestones: [] };

/** Tasks on features, and what they say where features tell nothing: the most common class. */
const cases: {
  readonly name: string;
  readonly task: Task<LabelAnnotation, unknown>;
  readonly settings: Record<string, unknown>;
}[] = [
  { name: "linear probe", task: linearProbe as Task<LabelAnnotation, unknown>, settings: probe },
  {
    name: "linear probe by lbfgs",
    task: linearProbe as Task<LabelAnnotation, unknown>,
    settings: { protocol: "lbfgs" },
  },
  {
    name: "few labels",
    task: semiSupervised as Task<LabelAnnotation, unknown>,
    settings: { fraction: 1, linearProbe: probe },
  },
  {
    name: "nearest neighbours",
    task: nearestNeighbours as Task<LabelAnnotation, unknown>,
    settings: { k: 5 },
  },
];

for (const { name, task, settings } of cases) {
  for (const [kind, row] of [["constant", [0.5, 0.5]], ["zero", [0, 0]]] as const) {
    Deno.test(`${name} takes everything for the most common class by ${kind} features`, async () => {
      const train = [1, 0, 1, 1, 0], val = [0, 1, 1];
      const { evidence } = await runToy(task, {
        // No image of the last class is tested, and none is trained on.
        classNames: ["owl", "fox", "dodo"],
        labels: { train, val },
        viewsPerSample: 1,
        rows: { train: train.map(() => [...row]), val: val.map(() => [...row]) },
        settings,
      });
      assert.deepEqual(rightOf(evidence["val"]!), [0, 1, 1]);
      const { value, n } = metricInterval(accuracy, [evidence["val"]!], { resamples: 10 });
      assert.ok(Math.abs(value - 200 / 3) < 1e-9);
      assert.equal(n, 3);
    });
  }
}
