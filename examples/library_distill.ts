/**
 * Distils a student with a few lines: a small ResNet-18 by SEED, from the shipped teacher, on the
 * embedded data. `size: "smoke"` and `epochs` keep it to seconds; leave both out for the real thing.
 *
 *     deno run -A examples/library_distill.ts runs/library
 *
 * @module
 */

import { distill } from "@lgd-bench/lgd-bench";

const { student, summary, ran } = await distill({
  method: "seed",
  student: "resnet18",
  data: "emojinet-100",
  size: "smoke",
  epochs: 0.2,
  out: Deno.args[0] ?? "runs/library",
  store: Deno.args[1] ?? "runs/store",
});
console.log(`${student}: ${ran ? `${summary.steps} steps` : "found"}, loss ${summary.finalLoss}`);
