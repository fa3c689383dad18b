/**
 * Writes a graph as an ONNX model file.
 *
 * Field numbers are those of `onnx.proto` (ONNX IR version 9); only the messages that a graph of
 * ours needs are described. Static attributes that ONNX wants as inputs become constants here.
 *
 * @module
 */

import protobuf from "protobufjs";
import { reachable } from "./passes/dead_code.ts";
import type { Graph, Node, TensorData, Value } from "./graph.ts";
import { completeWindow } from "./shape.ts";
import type { DataType, OpAttributes, OpName } from "./op.ts";

/** ONNX operator set of the files that are written. */
export const opsetVersion = 18;
const irVersion = 9;

const onnx = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: { id: 1, type: "int64" },
        producerName: { id: 2, type: "string" },
        producerVersion: { id: 3, type: "string" },
        graph: { id: 7, type: "GraphProto" },
        opsetImport: { id: 8, type: "OperatorSetIdProto", rule: "repeated" },
        metadataProps: { id: 14, type: "StringStringEntryProto", rule: "repeated" },
      },
    },
    OperatorSetIdProto: {
      fields: { domain: { id: 1, type: "string" }, version: { id: 2, type: "int64" } },
    },
    StringStringEntryProto: {
      fields: { key: { id: 1, type: "string" }, value: { id: 2, type: "string" } },
    },
    GraphProto: {
      fields: {
        node: { id: 1, type: "NodeProto", rule: "repeated" },
        name: { id: 2, type: "string" },
        initializer: { id: 5, type: "TensorProto", rule: "repeated" },
        input: { id: 11, type: "ValueInfoProto", rule: "repeated" },
        output: { id: 12, type: "ValueInfoProto", rule: "repeated" },
      },
    },
    NodeProto: {
      fields: {
        input: { id: 1, type: "string", rule: "repeated" },
        output: { id: 2, type: "string", rule: "repeated" },
        name: { id: 3, type: "string" },
        opType: { id: 4, type: "string" },
        attribute: { id: 5, type: "AttributeProto", rule: "repeated" },
        domain: { id: 7, type: "string" },
      },
    },
    AttributeProto: {
      fields: {
        name: { id: 1, type: "string" },
        f: { id: 2, type: "float" },
        i: { id: 3, type: "int64" },
        s: { id: 4, type: "bytes" },
        floats: { id: 7, type: "float", rule: "repeated" },
        ints: { id: 8, type: "int64", rule: "repeated" },
        type: { id: 20, type: "int32" },
      },
    },
    TensorProto: {
      fields: {
        dims: { id: 1, type: "int64", rule: "repeated" },
        dataType: { id: 2, type: "int32" },
        name: { id: 8, type: "string" },
        rawData: { id: 9, type: "bytes" },
      },
    },
    ValueInfoProto: {
      fields: { name: { id: 1, type: "string" }, type: { id: 2, type: "TypeProto" } },
    },
    TypeProto: { fields: { tensorType: { id: 1, type: "TensorTypeProto" } } },
    TensorTypeProto: {
      fields: { elemType: { id: 1, type: "int32" }, shape: { id: 2, type: "TensorShapeProto" } },
    },
    TensorShapeProto: { fields: { dim: { id: 1, type: "DimensionProto", rule: "repeated" } } },
    DimensionProto: {
      fields: { dimValue: { id: 1, type: "int64" }, dimParam: { id: 2, type: "string" } },
    },
  },
});

const elementTypes: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

interface AttributeProto {
  name: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  floats?: readonly number[];
  ints?: readonly number[];
  type: number;
}

interface TensorProto {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

const float = (name: string, f: number): AttributeProto => ({ name, f, type: 1 });
const integer = (name: string, i: number): AttributeProto => ({ name, i, type: 2 });
const text = (name: string, s: string): AttributeProto => ({
  name,
  s: new TextEncoder().encode(s),
  type: 3,
});
const floats = (name: string, floats: readonly number[]): AttributeProto => ({
  name,
  floats,
  type: 6,
});
const integers = (name: string, ints: readonly number[]): AttributeProto => ({
  name,
  ints,
  type: 7,
});

function rawBytes(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An operator as it stands in a file. */
interface EncodedNode {
  attributes?: AttributeProto[];
  /** Constants that stand after the node's own inputs. */
  extraInputs?: { dtype: "int64" | "float32"; shape: number[]; data: TensorData }[];
  domain?: string;
  /** Its name in its domain; that of the operator here where absent. */
  opType?: string;
}

type Encoder<K extends OpName> = (node: Node<K>) => EncodedNode;

const int64Vector = (numbers: readonly number[]) => ({
  dtype: "int64" as const,
  shape: [numbers.length],
  data: BigInt64Array.from(numbers, BigInt),
});

const floatScalar = (number: number) => ({
  dtype: "float32" as const,
  shape: [],
  data: Float32Array.of(number),
});

function spatialRank(node: Node): number {
  return node.inputs[0]!.shape.length - 2;
}

function windowAttributes(
  node: Node<
    | "Conv"
    | "BlockedConv"
    | "FusedConv"
    | "ConvTranspose"
    | "MaxPool"
    | "BlockedMaxPool"
    | "AveragePool"
  >,
): AttributeProto[] {
  const { strides, pads, dilations } = completeWindow(node.attributes, spatialRank(node));
  return [integers("strides", strides), integers("pads", pads), integers("dilations", dilations)];
}

function encodeReduction(
  node: Node<"ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare">,
): EncodedNode {
  return {
    attributes: [integer("keepdims", node.attributes.keepdims ? 1 : 0)],
    extraInputs: [int64Vector(node.attributes.axes)],
  };
}

/** Domain of the operators of the runtime's blocked layout. */
const blockedDomain = "com.microsoft.nchwc";

const plain = (): EncodedNode => ({});

const encodeAxis = (node: Node<"Softmax" | "LogSoftmax" | "Concat" | "Gather">): EncodedNode => ({
  attributes: [integer("axis", node.attributes.axis)],
});

const encoders: { readonly [K in OpName]: Encoder<K> } = {
  Add: plain,
  Sub: plain,
  Mul: plain,
  Div: plain,
  Sum: plain,
  Max: plain,
  Min: plain,
  Neg: plain,
  Sqrt: plain,
  Exp: plain,
  Log: plain,
  Reciprocal: plain,
  Abs: plain,
  Sign: plain,
  Sigmoid: plain,
  Tanh: plain,
  Erf: plain,
  Relu: plain,
  Identity: plain,
  Equal: plain,
  Greater: plain,
  GreaterOrEqual: plain,
  Less: plain,
  And: plain,
  Where: plain,
  MatMul: plain,
  GlobalAveragePool: plain,
  Clip: ({ attributes: { min, max } }) => ({ extraInputs: [floatScalar(min), floatScalar(max)] }),
  LeakyRelu: ({ attributes: { alpha } }) => ({ attributes: [float("alpha", alpha)] }),
  HardSigmoid: ({ attributes: { alpha, beta } }) => ({
    attributes: [float("alpha", alpha), float("beta", beta)],
  }),
  Cast: ({ attributes: { to } }) => ({ attributes: [integer("to", elementTypes[to])] }),
  FusedMatMul: ({ attributes: { transA, transB, alpha, transBatchA, transBatchB } }) => ({
    attributes: [
      integer("transA", transA ? 1 : 0),
      integer("transB", transB ? 1 : 0),
      float("alpha", alpha),
      ...(transBatchA ? [integer("transBatchA", 1)] : []),
      ...(transBatchB ? [integer("transBatchB", 1)] : []),
    ],
    domain: "com.microsoft",
  }),
  Conv: (node) => ({
    attributes: [...windowAttributes(node), integer("group", node.attributes.group ?? 1)],
  }),
  ReorderInput: () => ({ domain: blockedDomain }),
  ReorderOutput: ({ attributes: { channels } }) => ({
    attributes: [integer("channels", channels)],
    domain: blockedDomain,
  }),
  BlockedConv: (node) => {
    const { group = 1, activation } = node.attributes;
    return {
      attributes: [
        ...windowAttributes(node),
        integers("kernel_shape", node.inputs[1]!.shape.slice(2)),
        integer("group", group),
        text("auto_pad", "NOTSET"),
        ...(activation
          ? [
            text("activation", activation.name),
            floats("activation_params", [activation.alpha, activation.beta]),
          ]
          : []),
      ],
      domain: blockedDomain,
      opType: "Conv",
    };
  },
  BlockedMaxPool: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integers("kernel_shape", node.attributes.kernelShape),
      text("auto_pad", "NOTSET"),
    ],
    domain: blockedDomain,
    opType: "MaxPool",
  }),
  FusedConv: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integer("group", node.attributes.group ?? 1),
      ...(node.attributes.activation ? [text("activation", node.attributes.activation)] : []),
    ],
    domain: "com.microsoft",
  }),
  ConvTranspose: (node) => ({
    attributes: [
      ...windowAttributes(node),
      integer("group", node.attributes.group ?? 1),
      ...(node.attributes.outputPadding
        ? [integers("output_padding", node.attributes.outputPadding)]
        : []),
    ],
  }),
  BatchNormalization: ({ attributes: { epsilon } }) => ({
    attributes: [float("epsilon", epsilon)],
  }),
  MaxPool: (node) => ({
    attributes: [...windowAttributes(node), integers("kernel_shape", node.attributes.kernelShape)],
  }),
  AveragePool: (node) => ({
    attributes: [
      ...windowAttributes(node).filter((attribute) => attribute.name !== "dilations"),
      integers("kernel_shape", node.attributes.kernelShape),
      integer("count_include_pad", node.attributes.countIncludePad ? 1 : 0),
    ],
  }),
  ReduceSum: encodeReduction,
  ReduceMean: encodeReduction,
  ReduceMax: encodeReduction,
  ReduceSumSquare: encodeReduction,
  ArgMax: ({ attributes: { axis } }) => ({
    attributes: [integer("axis", axis), integer("keepdims", 0)],
  }),
  Softmax: encodeAxis,
  LogSoftmax: encodeAxis,
  Concat: encodeAxis,
  Gather: encodeAxis,
  Reshape: ({ attributes: { shape } }) => ({ extraInputs: [int64Vector(shape)] }),
  Transpose: ({ attributes: { perm } }) => ({ attributes: [integers("perm", perm)] }),
  Slice: ({ attributes: { starts, ends, axes, steps } }) => ({
    extraInputs: [starts, ends, axes, steps].map(int64Vector),
  }),
  Split: ({ attributes: { axis, split } }) => ({
    attributes: [integer("axis", axis)],
    extraInputs: [int64Vector(split)],
  }),
  Pad: ({ attributes: { pads, value } }) => ({
    extraInputs: [int64Vector(pads), ...(value === undefined ? [] : [floatScalar(value)])],
  }),
  Expand: ({ attributes: { shape } }) => ({ extraInputs: [int64Vector(shape)] }),
  ScatterElements: ({ attributes: { axis } }) => ({
    attributes: [integer("axis", axis), text("reduction", "add")],
  }),
  ScatterND: () => ({ attributes: [text("reduction", "add")] }),
  OneHot: ({ attributes: { depth } }) => ({
    attributes: [integer("axis", -1)],
    extraInputs: [
      { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(depth)) },
      { dtype: "float32", shape: [2], data: Float32Array.of(0, 1) },
    ],
  }),
};

function encodeNode(node: Node): EncodedNode {
  return (encoders[node.op] as Encoder<OpName>)(node);
}

/** A reshape that keeps the length of axis 0, whatever it is: 0 stands for "as in the input". */
function encodeFreeReshape(node: Node<"Reshape">): EncodedNode {
  const { shape } = node.attributes;
  const keeps = node.inputs[0]!.shape[0] === shape[0];
  return { extraInputs: [int64Vector(keeps ? [0, ...shape.slice(1)] : shape)] };
}

/** What a model file says besides its graph. */
export interface EncodeOptions {
  /** Free metadata: preprocessing, class names, provenance. */
  readonly metadata?: Readonly<Record<string, string>>;
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
  const domains = new Set(["com.microsoft"]);
  const nodeProtos = ordered.map((node, index) => {
    const encoded = options.batchDimension && node.op === "Reshape"
      ? encodeFreeReshape(node as Node<"Reshape">)
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
    producerName: "lgd-bench",
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

/** Attributes of one operator, for messages and prints. */
export type AnyAttributes = OpAttributes[OpName];
