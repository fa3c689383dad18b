/**
 * Plain feature regression: the student's embedding is drawn to the teacher's. It is the simplest
 * distillation and the baseline "regress" of CompRess (arXiv 2010.14713, section 4) and of SEED's
 * ablation of losses (arXiv 2101.04731, "l2-distance").
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { reduceMean, sub } from "../../onnx/build.ts";
import { rowDot } from "../cross_entropy.ts";
import type { Method, PreparedMethod } from "../method.ts";

/** Feature regression has no settings of its own. */
export type FeatureRegressionSettings = Readonly<Record<never, never>>;

/** Checks {@linkcode FeatureRegressionSettings}. */
export const featureRegressionSettings: z.ZodType<FeatureRegressionSettings> = z.strictObject({});

/**
 *     L = 1/B · Σᵢ (1 − z_S·z_T)
 *
 * Both are of unit length, so L is half of the squared distance ‖z_S − z_T‖² of the papers.
 *
 * @param options.dimension Length of the embeddings.
 */
export function prepareFeatureRegression(
  { dimension }: { readonly dimension: number },
): PreparedMethod {
  return {
    head: { output: "embedding", dimension },
    initialState: () => ({}),
    step(scope) {
      const { graph } = scope;
      const similarity = rowDot(graph, scope.encode(0), scope.teacher(0));
      return {
        loss: sub(graph, graph.scalar(1), reduceMean(graph, similarity, [0, 1], false)),
        parts: {},
        nextState: {},
      };
    },
  };
}

/** Feature regression as a method; see {@linkcode prepareFeatureRegression}. */
export const featureRegression: Method<FeatureRegressionSettings> = {
  name: "feature-regression",
  version: 1,
  title: "Feature regression",
  settings: featureRegressionSettings,
  needs: { teacher: "image", labels: false, views: 1 },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ teacher }) {
    if (!teacher) throw new ConfigError("Cannot regress features: no teacher is given");
    return prepareFeatureRegression({ dimension: teacher.dimension });
  },
};
