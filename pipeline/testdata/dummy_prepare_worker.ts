/** Hands back made-up baselines. `LGD_BENCH_TEST_PREPARE=damaged` makes it fail. */

import { DataError } from "../../core/errors.ts";
import { answerRun } from "../../core/launch/messages.ts";
import type { CellResult, PreparePayload } from "../../core/recipe/cell.ts";

answerRun<PreparePayload>(({ baselines }): Promise<CellResult> => {
  if (Deno.env.get("LGD_BENCH_TEST_PREPARE") === "damaged") {
    return Promise.reject(new DataError("3 images are damaged"));
  }
  const hits = [1, 0.5, 0, 0];
  const sampleIds = ["a", "b", "c", "d"];
  return Promise.resolve({
    outcomes: baselines.flatMap(({ rowId, tasks }) =>
      tasks.map(({ column, task }) => ({
        row: rowId,
        column,
        task,
        taskVersion: 1,
        metric: "top1",
        unit: "%",
        splits: { val: { sampleIds, hits }, ood: { sampleIds, hits } },
      }))
    ),
    curve: null,
    timings: { views: 0.5 },
    skippedImages: [{ path: "photos/broken.png", reason: "it is no image" }],
    warnings: [],
    details: {},
  });
});
