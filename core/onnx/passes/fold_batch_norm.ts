/**
 * Folds BatchNorm in evaluation form into the convolution before it.
 *
 * @module
 */

import { type Constant, type Graph, type Node, sizeOf, type Value } from "../graph.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/** What a normalisation and its convolution are replaced by. */
interface Fold {
  readonly convolution: Node<"Conv">;
  readonly normalization: Node<"BatchNormalization">;
  /** Data of the convolution's weight, its bias if it has one, and γ, β, μ, v. */
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  readonly normalizers: readonly [Constant, Constant, Constant, Constant];
}

/** How often each value is read, by nodes and as an output. */
function countReaders(graph: Graph): Map<Value, number> {
  const readers = new Map<Value, number>();
  const read = (value: Value) => readers.set(value, (readers.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  for (const { value } of graph.outputs) read(value);
  return readers;
}

/** Convolutions whose only reader is a normalisation, with constant weights on both. */
function findFolds(graph: Graph): Map<Node, Fold> {
  const readers = countReaders(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const folds = new Map<Node, Fold>();
  for (const node of graph.nodes) {
    if (node.op !== "BatchNormalization") continue;
    const [x, ...parameters] = node.inputs;
    const convolution = producers.get(x!);
    if (convolution?.op !== "Conv" || readers.get(x!) !== 1) continue;
    if (graph.constants.has(convolution.inputs[0]!.name)) continue;
    const [weight, bias] = convolution.inputs.slice(1).map(({ name }) => graph.constants.get(name));
    const normalizers = parameters.map(({ name }) => graph.constants.get(name));
    if (weight === undefined || normalizers.includes(undefined)) continue;
    if (convolution.inputs.length > 2 && bias === undefined) continue;
    folds.set(node, {
      convolution: convolution as Node<"Conv">,
      normalization: node as Node<"BatchNormalization">,
      weight,
      bias,
      normalizers: normalizers as unknown as Fold["normalizers"],
    });
  }
  return folds;
}

/**
 * W'ₖ = Wₖ · γₖ/√(vₖ + ε) and b'ₖ = (bₖ − μₖ) · γₖ/√(vₖ + ε) + βₖ for each output channel k; the
 * factors are computed in double precision.
 */
function foldWeights(
  { weight, bias, normalizers, normalization: { attributes } }: Fold,
): { weight: Float32Array; bias: Float32Array } {
  const [gamma, beta, mean, variance] = normalizers.map(({ data }) => data as Float32Array);
  const source = weight.data as Float32Array;
  const channels = weight.value.shape[0]!;
  const size = sizeOf(weight.value.shape) / channels;
  const folded = new Float32Array(source.length);
  const shift = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = gamma![channel]! / Math.sqrt(variance![channel]! + attributes.epsilon);
    for (let index = channel * size; index < (channel + 1) * size; index++) {
      folded[index] = source[index]! * factor;
    }
    const before = bias === undefined ? 0 : (bias.data as Float32Array)[channel]!;
    shift[channel] = (before - mean![channel]!) * factor + beta![channel]!;
  }
  return { weight: folded, bias: shift };
}

/**
 * The graph with every BatchNormalization folded into the convolution that alone feeds it. Folded
 * weights keep their names; a convolution's new bias is named after its weight, as in torchvision.
 * Results are the same up to rounding.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const folds = findFolds(graph);
  const gone = new Set<Node>([...folds.values()].map(({ convolution }) => convolution));
  const replaced = new Map<Value, Value>();
  return rebuild(graph, (result, node, inputs) => {
    const fold = folds.get(node);
    const outputs = fold === undefined
      ? keepNode(result, node, inputs)
      : [addFolded(result, fold, replaced)];
    node.outputs.forEach((output, index) => replaced.set(output, outputs[index]!));
    return outputs;
  }, graph.nodes.filter((node) => !gone.has(node)));
}

function addFolded(result: Graph, fold: Fold, replaced: ReadonlyMap<Value, Value>): Value {
  const { convolution, weight: { value } } = fold;
  const [x] = convolution.inputs;
  const source = replaced.get(x!) ?? result.inputs.find(({ name }) => name === x!.name)!;
  const { weight, bias } = foldWeights(fold);
  const name = value.name.replace(/\.weight$/, "");
  return result.node("Conv", [
    source,
    result.constant("float32", value.shape, weight, value.name),
    result.constant("float32", [bias.length], bias, `${name}.bias`),
  ], convolution.attributes);
}
