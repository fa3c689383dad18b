/**
 * Supervised pre-training with labels: the table's "Super." rows.
 *
 * @module
 */

import { z } from "zod";
import { labelCrossEntropy } from "../cross_entropy.ts";
import type { Method, PreparedMethod } from "../method.ts";

/** Supervised training has no settings of its own. */
export type SupervisedSettings = Readonly<Record<never, never>>;

/** Checks {@linkcode SupervisedSettings}. */
export const supervisedSettings: z.ZodType<SupervisedSettings> = z.strictObject({});

/** Cross-entropy of the student's logits with the labels. */
export function prepareSupervised({ classes }: { readonly classes: number }): PreparedMethod {
  return {
    head: { output: "logits", dimension: classes },
    initialState: () => ({}),
    step: (scope) => ({
      loss: labelCrossEntropy(scope.graph, scope.encode(0), scope.labels()),
      parts: {},
      nextState: {},
    }),
  };
}

/** Supervised training as a method; see {@linkcode prepareSupervised}. */
export const supervised: Method<SupervisedSettings> = {
  name: "supervised",
  version: 1,
  title: "Supervised",
  settings: supervisedSettings,
  needs: { teacher: "none", labels: true, views: 1 },
  prepare: ({ classes }) => Promise.resolve(prepareSupervised({ classes })),
};
