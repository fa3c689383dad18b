/**
 * A pre-training method as a plug-in: distillation with a mean student. The student follows the
 * teacher on one view, and on it also a moving average of itself that sees another view of the same
 * image ("Mean teachers are better role models", arXiv 1703.01780; DisCo has the like):
 *
 *     L = ‖z_S − z_T‖² + c · ‖z_S − z'_M‖²
 *
 *     deno task distill --plugin examples/mean_student_method.ts --method mean-student --out runs/mean
 *
 * @module
 */

import type { Method } from "@lgd-bench/lgd-bench/methods";
import { add, type Graph, mul, reduceSum, scale, sub, type Value } from "@lgd-bench/lgd-bench/onnx";
import { z } from "zod";

interface MeanStudentSettings {
  readonly consistency: number;
  readonly momentum: number;
}

/** Mean squared distance of rows, 0 to 4 for unit vectors. */
function meanSquaredDistance(graph: Graph, a: Value, b: Value): Value {
  const difference = sub(graph, a, b);
  const sum = reduceSum(graph, mul(graph, difference, difference), [0, 1], false);
  return scale(graph, sum, 1 / a.shape[0]!);
}

const meanStudent: Method<MeanStudentSettings> = {
  name: "mean-student",
  version: 1,
  title: "Mean student",
  settings: z.strictObject({
    consistency: z.number().min(0).default(0.5)
      .describe("c: weight of the distance to the mean student"),
    momentum: z.number().min(0).max(1).default(0.99)
      .describe("Share of the old mean student in the new"),
  }),
  needs: { teacher: "image", labels: false, views: 2, momentumNetwork: true },
  prepare({ settings, teacher }) {
    return Promise.resolve({
      head: { output: "embedding", dimension: teacher!.dimension },
      networkMomentum: settings.momentum,
      initialState: () => ({}),
      step(scope) {
        const { graph } = scope;
        const student = scope.encode(0);
        const teacher = meanSquaredDistance(graph, student, scope.teacher(0));
        const mean = meanSquaredDistance(graph, student, scope.encode(1, "momentum"));
        return {
          loss: add(graph, teacher, scale(graph, mean, settings.consistency)),
          parts: { teacher, mean },
          nextState: {},
        };
      },
    });
  },
};

/** The plug-in. */
export default { method: meanStudent };
