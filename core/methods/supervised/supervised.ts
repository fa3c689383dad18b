/**
 * Supervised pre-training with labels: the table's "Super." rows.
 *
 * @module
 */

import { mul, reduceSum, scale } from "../../onnx/build.ts";
import type { Method } from "../method.ts";

/** Cross-entropy of the student's logits with the labels: −1/B · Σᵢ log softmax(s)ᵢ,yᵢ. */
export function supervised({ classes }: { readonly classes: number }): Method {
  return {
    name: "supervised",
    output: "logits",
    dimension: classes,
    initialState: () => ({}),
    loss(graph, { student, labels }) {
      const target = graph.node("OneHot", [labels!], { depth: classes });
      const logProbabilities = graph.node("LogSoftmax", [student], { axis: 1 });
      const sum = reduceSum(graph, mul(graph, target, logProbabilities), [0, 1], false);
      return { loss: scale(graph, sum, -1 / student.shape[0]!), parts: {}, nextState: {} };
    },
  };
}
