/**
 * Trains on the toy student with a checkpoint at every point of the curve, for the tests that kill it:
 *
 *     deno run --allow-all run_toy_student.ts fine-tuning FOLDER
 *
 * @module
 */

import { semiSupervised } from "../semi_supervised/semi_supervised.ts";
import { colourToy } from "./toy_student.ts";
import { runToy } from "./toy_task.ts";

/** A fine-tuning of some 2,000 steps. */
export const killedFineTuning = {
  perClass: 6,
  by: "fine-tune",
  fineTuning: {
    learningRate: 0.01,
    headLearningRate: 0.1,
    batchSize: 8,
    epochs: 500,
    milestones: [300],
  },
};

/** A linear probe of some 4,000 steps. */
export const killedProbe = {
  perClass: 6,
  linearProbe: { learningRate: 1, batchSize: 8, epochs: 1000, milestones: [500] },
};

if (import.meta.main) {
  const [name, folder] = Deno.args;
  const settings = name === "fine-tuning" ? killedFineTuning : killedProbe;
  await runToy(semiSupervised, colourToy(settings), { folder: folder!, checkpointMilliseconds: 0 });
}
