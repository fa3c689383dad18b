/**
 * A unit without a training: waits, then puts a model and outcomes into the store that depend on row
 * and seed only. `LGD_BENCH_TEST_FAIL` names units that fail, `LGD_BENCH_TEST_CRASH` units that crash,
 * `LGD_BENCH_TEST_FULL` units that find no room on the disk, `LGD_BENCH_TEST_SLEEP` milliseconds to wait.
 */

import { NonFiniteLossError, WriteError } from "../../core/errors.ts";
import { answerRun } from "../../core/launch/messages.ts";
import type { MeasureJob, TrainJob } from "../../core/recipe/jobs.ts";
import { accuracyEvidence } from "../../core/results/metric.ts";
import { Store } from "../../core/store/store.ts";
import type { UnitPayload, UnitResult } from "../messages.ts";
import { putModel } from "../stored_model.ts";
import { putOutcome } from "../stored_outcome.ts";

const listed = (name: string, id: string) => Deno.env.get(name)?.split(",").includes(id) ?? false;

/** Images of ten that are right, by method. */
const rightByMethod: Readonly<Record<string, number>> = { seed: 5, lgd: 7, supervised: 1 };

async function train(store: Store, job: TrainJob): Promise<void> {
  await putModel(store, job.key, {
    student: new TextEncoder().encode(`student ${job.id}`),
    info: {
      label: job.id,
      spec: job.spec,
      seed: job.seed,
      steps: 2,
      parameters: 3,
      seconds: 1,
      curve: { steps: [1, 2], loss: [1.5, 1], parts: { visual: [0.5, 0.25] } },
      trainViews: "",
      teacherHash: null,
      algorithms: {},
      warnings: [],
      leftOut: [],
      images: { data: job.spec.data, split: "train", listed: 20, used: 20 },
    },
  });
}

/** Evidence of ten icons, or of four with two views each for a baseline. */
function evidenceOf(model: TrainJob | null, seed: number, lost: number) {
  if (model === null) return accuracyEvidence(["a", "b", "c", "d"], [2, 1, 0, 0], 2);
  const method = model.spec.method;
  const right = (method === null ? 9 : rightByMethod[method]!) + seed - lost;
  const ids = Array.from({ length: 10 }, (_, index) => `artist/icon-${index}`);
  return accuracyEvidence(ids, ids.map((_, index) => (index < right ? 1 : 0)), 1);
}

async function measure(store: Store, model: TrainJob | null, job: MeasureJob): Promise<void> {
  await putOutcome(store, job, {
    task: job.spec.task,
    taskVersion: 1,
    splits: { val: evidenceOf(model, job.seed, 0), ood: evidenceOf(model, job.seed, 1) },
    seconds: 0.5,
    viewHashes: {},
    warnings: [],
    leftOut: model === null
      ? [{
        what: "photos/broken.png",
        reason: "it is no image",
        stage: "emojinet-100, measuring",
        count: 1,
      }]
      : [],
    images: [{ data: job.spec.data, split: "val", listed: 10, used: 10 }],
  }, {});
}

answerRun<UnitPayload>(async ({ unit, store: folder }, port): Promise<UnitResult> => {
  const { id, model, trains, measures } = unit;
  port.progress({ phase: "train", step: 1, steps: 2, loss: 1.5, imagesPerSecond: 1000 });
  port.curve({ step: 1, loss: 1.5, parts: { visual: 0.5 } });
  await new Promise((done) => setTimeout(done, Number(Deno.env.get("LGD_BENCH_TEST_SLEEP") ?? 0)));
  if (listed("LGD_BENCH_TEST_FAIL", id)) throw new NonFiniteLossError(7, NaN);
  if (listed("LGD_BENCH_TEST_FULL", id)) {
    throw new WriteError("Cannot write no.safetensors: No space left on device");
  }
  if (listed("LGD_BENCH_TEST_CRASH", id)) {
    setTimeout(() => {
      throw new Error("the Worker crashed");
    });
    await new Promise(() => {});
  }
  const store = await Store.open(folder);
  if (trains) await train(store, model!);
  for (const job of measures) await measure(store, model, job);
  return { trained: trains, measured: measures.map(({ key }) => key) };
});
