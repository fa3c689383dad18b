/**
 * Measures a student on a task with a few lines, and prints every metric with its interval.
 *
 *     deno run -A examples/library_evaluate.ts runs/library/student.safetensors
 *
 * @module
 */

import { evaluate } from "@lgd-bench/lgd-bench";

const [checkpoint = "runs/library/student.safetensors", store = "runs/store"] = Deno.args;
const { task, metrics } = await evaluate({ checkpoint, task: "k-nn", size: "smoke", store });
for (const { title, unit, splits } of metrics) {
  for (const { split, value, ci95, n } of splits) {
    const [low, high] = ci95.map((bound) => bound.toFixed(1));
    console.log(
      `${task}, ${split}: ${title} ${value.toFixed(1)} ${unit} (${low} to ${high}, n = ${n})`,
    );
  }
}
