/**
 * Writes a graph as an ONNX model file.
 *
 * @module
 */

import { encodeFreeExpand, encodeFreeReshape, encodeNode } from "./encode_node.ts";
import type { Graph } from "./graph.ts";
import type { DataType } from "./op.ts";
import { reachable } from "./passes/dead_code.ts";
import { elementTypes, onnx, producerName, rawBytes, type TensorProto } from "./proto_messages.ts";
import type { Node, TensorData, Value } from "./value.ts";

/** ONNX operator set of the files that are written. */
export const opsetVersion = 18;
const irVersion = 9;

/** What a model file says besides its graph. */
export interface EncodeOptions {
  /** Free metadata: preprocessing, class names, provenance. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Version of the program, for files that leave it: they carry a checksum (`addModelChecksum`). */
  readonly producerVersion?: string;
  /** Name of axis 0 of all inputs and outputs, e.g. "batch", where the graph fits any length. */
  readonly batchDimension?: string;
  /** Puts the nodes in another topological order; as built where absent. */
  readonly order?: (nodes: readonly Node[]) => readonly Node[];
}

/** The graph as the bytes of an ONNX model. Unreachable nodes and constants are left out. */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array {
  const { nodes, values } = reachable(graph);
  const initializers: TensorProto[] = [];
  const extraNames = new Map<string, string>();
  function extraInput(
    { dtype, shape, data }: { dtype: DataType; shape: number[]; data: TensorData },
  ): string {
    const key = `${dtype}[${shape}]${rawBytes(data)}`;
    const known = extraNames.get(key);
    if (known !== undefined) return known;
    const name = `constant/${extraNames.size}`;
    extraNames.set(key, name);
    initializers.push({
      dims: shape,
      dataType: elementTypes[dtype],
      name,
      rawData: rawBytes(data),
    });
    return name;
  }
  const ordered = options.order?.(nodes) ?? nodes;
  // An output takes its name where a node makes it. A value that is named twice, or is an input or a
  // constant, needs a node for its other names, which copies it.
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const outputNames = new Map<Value, string>();
  const copies = graph.outputs.filter(({ name, value }) => {
    if (!made.has(value) || outputNames.has(value)) return true;
    outputNames.set(value, name);
    return false;
  });
  const nameOf = (value: Value) => outputNames.get(value) ?? value.name;
  const domains = new Set<string>();
  const nodeProtos = ordered.map((node, index) => {
    const isFree = options.batchDimension !== undefined;
    const encoded = isFree && node.op === "Reshape"
      ? encodeFreeReshape(node as Node<"Reshape">)
      : isFree && node.op === "Expand"
      ? encodeFreeExpand(node as Node<"Expand">)
      : encodeNode(node);
    if (encoded.domain) domains.add(encoded.domain);
    return {
      input: [
        ...node.inputs.map(nameOf),
        ...(encoded.extraInputs ?? []).map(extraInput),
      ],
      // Indices that nobody reads are not computed when they have no name. Only an optional output
      // may go without: ONNX Runtime's Split crashes.
      output: node.outputs.map((output) =>
        node.op === "MaxPool" && !values.has(output) ? "" : nameOf(output)
      ),
      name: `${node.op}/${index}`,
      opType: encoded.opType ?? node.op,
      attribute: encoded.attributes ?? [],
      ...(encoded.domain ? { domain: encoded.domain } : {}),
    };
  });
  for (const { value, data } of graph.constants.values()) {
    if (!values.has(value)) continue;
    initializers.push({
      dims: value.shape,
      dataType: elementTypes[value.dtype],
      name: value.name,
      rawData: rawBytes(data),
    });
  }
  for (const { name, value } of copies) {
    nodeProtos.push({
      input: [nameOf(value)],
      output: [name],
      name: `output/${name}`,
      opType: "Identity",
      attribute: [],
    });
  }
  const info = (name: string, value: Value) => ({
    name,
    type: {
      tensorType: {
        elemType: elementTypes[value.dtype],
        shape: {
          dim: value.shape.map((length, axis) =>
            axis === 0 && options.batchDimension
              ? { dimParam: options.batchDimension }
              : { dimValue: length }
          ),
        },
      },
    },
  });
  const model = {
    irVersion,
    producerName,
    ...(options.producerVersion === undefined ? {} : { producerVersion: options.producerVersion }),
    opsetImport: [
      { domain: "", version: opsetVersion },
      ...[...domains].map((domain) => ({ domain, version: 1 })),
    ],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: nodeProtos,
      initializer: initializers,
      input: graph.inputs.map((input) => info(input.name, input)),
      output: graph.outputs.map(({ name, value }) => info(name, value)),
    },
  };
  return onnx.lookupType("ModelProto").encode(model).finish();
}
