/**
 * The hard-aware metric loss of SMD.
 *
 * @module
 */

import { stopGradient } from "../../autodiff/stop_gradient.ts";
import {
  add,
  cast,
  concat,
  fusedMatMul,
  greater,
  mul,
  reduceMean,
  reduceSum,
  scale,
  slice,
  sub,
  where,
} from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { rowDot } from "../cross_entropy.ts";

/** √(2 − 2·cos) of the cosines of unit vectors, 1e-6 at least, where the root still has a slope. */
function distanceOf(graph: Graph, cosines: Value): Value {
  const squares = sub(graph, graph.scalar(2), scale(graph, cosines, 2));
  return graph.node("Sqrt", [graph.node("Clip", [squares], { min: 1e-12, max: 4 })], {});
}

/** The number of each row where its score is highest, [B, 1]; the gradient flows to that place. */
function pickHighest(graph: Graph, values: readonly Value[], scores: Value): Value[] {
  const place = graph.node("ArgMax", [scores], { axis: 1 });
  const chosen = graph.node("OneHot", [place], { depth: scores.shape[1]! });
  return values.map((value) => reduceSum(graph, mul(graph, value, chosen), [1]));
}

/**
 * For each teacher's embedding z_Tᵢ the hardest positive and the hardest negative among the student's
 * zⱼ of the batch, at the distances d⁺ and d⁻ (`SMD` of the official code):
 *
 *     j is a negative of i where ‖z_Tᵢ − z_Tⱼ‖ > ‖z_Tᵢ − zᵢ‖, otherwise a positive
 *     d⁻ᵢ = min over the negatives of ‖z_Tᵢ − zⱼ‖,   d⁺ᵢ = max over the positives
 *     w⁻ = max(0, ‖z_Tᵢ − z_Tⱼ‖ − d⁻),   w⁺ = max(0, d⁺ − ‖z_Tᵢ − z_Tⱼ‖), without gradient
 *     L = 1/B · Σᵢ log(1 + exp((w⁺d⁺ − w⁻d⁻)/τ))
 *
 * An image is always a positive of itself. Where an image has no negative, w⁻ is 0.
 *
 * @param student z, unit vectors [B, D].
 * @param teacher z_T, unit vectors [B, D].
 */
export function metricLoss(
  graph: Graph,
  { student, teacher, temperature }: {
    readonly student: Value;
    readonly teacher: Value;
    readonly temperature: number;
  },
): Value {
  const size = student.shape[0]!;
  const others = Float32Array.from(
    { length: size * size },
    (_, place) => place % (size + 1) === 0 ? 0 : 1,
  );
  // The diagonal is zero; computed from rounded cosines it would be 3e-4.
  const teacherDistances = mul(
    graph,
    distanceOf(graph, fusedMatMul(graph, teacher, teacher, { transB: true })),
    graph.constant("float32", [size, size], others),
  );
  const distances = distanceOf(graph, fusedMatMul(graph, teacher, student, { transB: true }));
  const own = distanceOf(graph, rowDot(graph, teacher, student));
  const isNegative = stopGradient(graph, () => greater(graph, teacherDistances, own));
  const nearest = stopGradient(
    graph,
    () => where(graph, isNegative, scale(graph, distances, -1), graph.scalar(-1e5)),
  );
  const farthest = stopGradient(
    graph,
    () => where(graph, isNegative, graph.scalar(-1e5), distances),
  );
  const pair = [distances, teacherDistances];
  const [negative, negativeOfTeacher] = pickHighest(graph, pair, nearest) as [Value, Value];
  const [positive, positiveOfTeacher] = pickHighest(graph, pair, farthest) as [Value, Value];
  const weightOf = (larger: Value, smaller: Value) =>
    graph.node("Clip", [sub(graph, larger, smaller)], { min: 0, max: 4 });
  const negativeWeight = stopGradient(graph, () => {
    const count = reduceSum(graph, cast(graph, isNegative, "float32"), [1]);
    const some = cast(graph, greater(graph, count, graph.scalar(0)), "float32");
    return mul(graph, weightOf(negativeOfTeacher, negative), some);
  });
  const positiveWeight = stopGradient(graph, () => weightOf(positive, positiveOfTeacher));
  const logits = concat(graph, [
    scale(graph, mul(graph, negativeWeight, negative), 1 / temperature),
    scale(graph, mul(graph, positiveWeight, positive), 1 / temperature),
  ], 1);
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  const ofNegative = slice(graph, logProbabilities, [{ axis: 1, start: 0, end: 1 }]);
  return scale(graph, reduceMean(graph, ofNegative, [0, 1], false), -1);
}

/** −1/B · Σᵢ z_S·z_T, the mean negative cosine. */
export function negativeCosine(graph: Graph, student: Value, teacher: Value): Value {
  return scale(graph, reduceMean(graph, rowDot(graph, student, teacher), [0, 1], false), -1);
}

/** The mean of two scalars. */
export function meanOf(graph: Graph, a: Value, b: Value): Value {
  return scale(graph, add(graph, a, b), 0.5);
}
