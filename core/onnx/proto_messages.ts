/**
 * The protobuf messages of an ONNX file, as far as a graph of ours needs them. Field numbers are those
 * of `onnx.proto` (ONNX IR version 9).
 *
 * @module
 */

import protobuf from "protobufjs";
import type { DataType } from "./op.ts";
import type { TensorData } from "./value.ts";

/** The messages by name. */
export const onnx: protobuf.Root = protobuf.Root.fromJSON({
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

/** The program's name in the files that it writes. */
export const producerName = "lgd-bench";

/** Numbers of the element types (`TensorProto.DataType`). */
export const elementTypes: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** An attribute of a node: the field of its type is set. */
export interface AttributeProto {
  name: string;
  f?: number;
  i?: number;
  s?: Uint8Array;
  floats?: readonly number[];
  ints?: readonly number[];
  type: number;
}

/** A constant. */
export interface TensorProto {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

/** An attribute: a real number. */
export const float = (name: string, f: number): AttributeProto => ({ name, f, type: 1 });
/** An attribute: a whole number. */
export const integer = (name: string, i: number): AttributeProto => ({ name, i, type: 2 });
/** An attribute: a text. */
export const text = (name: string, s: string): AttributeProto => ({
  name,
  s: new TextEncoder().encode(s),
  type: 3,
});
/** An attribute: real numbers. */
export const floats = (name: string, floats: readonly number[]): AttributeProto => ({
  name,
  floats,
  type: 6,
});
/** An attribute: whole numbers. */
export const integers = (name: string, ints: readonly number[]): AttributeProto => ({
  name,
  ints,
  type: 7,
});

/** The bytes of a constant, little-endian as the machine is. */
export function rawBytes(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
