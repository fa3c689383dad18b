/**
 * A cell without a training: waits, then hands back hits that depend on row and seed only.
 * `LGD_BENCH_TEST_FAIL` names cells that fail, `LGD_BENCH_TEST_CRASH` cells that crash,
 * `LGD_BENCH_TEST_FULL` cells that find no room on the disk, `LGD_BENCH_TEST_SLEEP` milliseconds to wait.
 */

import { NonFiniteLossError, WriteError } from "../../core/errors.ts";
import { answerRun } from "../../core/launch/messages.ts";
import type { CellPayload, CellResult } from "../../core/recipe/cell.ts";

const listed = (name: string, id: string) => Deno.env.get(name)?.split(",").includes(id) ?? false;

answerRun<CellPayload>(async ({ cell, folder }, port): Promise<CellResult> => {
  await Deno.stat(folder);
  port.progress({ phase: "train", step: 1, steps: 2, loss: 1.5, imagesPerSecond: 1000 });
  port.curve({ step: 1, loss: 1.5, parts: { visual: 0.5 } });
  await new Promise((done) => setTimeout(done, Number(Deno.env.get("LGD_BENCH_TEST_SLEEP") ?? 0)));
  if (listed("LGD_BENCH_TEST_FAIL", cell.id)) throw new NonFiniteLossError(7, NaN);
  if (listed("LGD_BENCH_TEST_FULL", cell.id)) {
    throw new WriteError("Cannot write no.safetensors: No space left on device");
  }
  if (listed("LGD_BENCH_TEST_CRASH", cell.id)) {
    setTimeout(() => {
      throw new Error("the Worker crashed");
    });
    await new Promise(() => {});
  }
  const right = { seed: 5, lgd: 7, supervised: 1, none: 9 }[cell.pretrain.method] + cell.seed;
  const split = (count: number) => ({
    sampleIds: Array.from({ length: 10 }, (_, index) => `artist/icon-${index}`),
    hits: Array.from({ length: 10 }, (_, index) => (index < count ? 1 : 0)),
  });
  return {
    outcomes: cell.tasks.map(({ column, task }) => ({
      column,
      task,
      taskVersion: 1,
      metric: "top1",
      unit: "%",
      splits: { val: split(right), ood: split(right - 1) },
    })),
    curve: cell.pretrain.method === "none" ? null : {
      row: cell.rowId,
      seed: cell.seed,
      label: cell.rowId,
      steps: [1, 2],
      loss: [1.5, 1],
      parts: { visual: [0.5, 0.25] },
    },
    timings: { pretrain: 1, "zero-shot": 0.5 },
    skippedImages: [],
    warnings: [],
    details: {},
  };
});
