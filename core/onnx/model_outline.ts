/**
 * What an ONNX file says of itself, read before a runtime sees it: metadata, inputs, files beside it.
 *
 * Field numbers are those of `onnx.proto` (ONNX IR version 10).
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { describeForeignBytes } from "../foreign_file.ts";
import {
  findAttributeProblem,
  findConstantProblem,
  findOutputProblem,
  findSizeProblem,
  sizeInputOf,
} from "./model_limits.ts";
import { readVarints, type WireFail, type WireField, wireFields } from "./wire.ts";

/** An input as the file declares it. */
export interface OutlinePort {
  readonly name: string;
  /** Lengths of the axes; undefined for an axis of any length. */
  readonly shape: readonly (number | undefined)[];
}

/** What an ONNX file says of itself. */
export interface ModelOutline {
  /** Program that wrote it, and its version; empty where it does not say. */
  readonly producer: { readonly name: string; readonly version: string };
  /** Free metadata; of keys that stand twice, the last. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Inputs that are no constants. */
  readonly inputs: readonly OutlinePort[];
  /** Places of files beside it that hold weights, sorted, each once; as the file writes them. */
  readonly externalData: readonly string[];
}

/** Deepest graph within a graph. */
const mostDepth = 16;

const model = {
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  metadata: 14,
  functions: 25,
} as const;
const entry = { key: 1, value: 2 } as const;
const graph = { node: 1, initializer: 5, input: 11, sparse: 15 } as const;
const functionNode = 7;
const node = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
const attribute = {
  name: 1,
  integer: 3,
  integers: 8,
  tensor: 5,
  graph: 6,
  tensors: 10,
  graphs: 11,
  sparse: 22,
  sparses: 23,
} as const;
const tensor = { dims: 1, type: 2, integers: 7, name: 8, raw: 9, external: 13 } as const;
const int64Type = 7;
/** Most numbers of a constant that is looked at as a shape. */
const mostAxes = 64;
const sparseTensor = { values: 1, indices: 2 } as const;
const port = { name: 1, type: 2 } as const;

class OutlineReader {
  readonly producer = { name: "", version: "" };
  readonly metadata: Record<string, string> = {};
  readonly inputs: OutlinePort[] = [];
  readonly externalData = new Set<string>();
  /** Small constants of whole numbers by name, and operators that take their size from one. */
  readonly #numbers = new Map<string, readonly bigint[]>();
  readonly #sizes: { readonly operator: string; readonly input: string }[] = [];
  readonly #fail: WireFail;

  constructor(fail: WireFail) {
    this.#fail = fail;
  }

  #fields(bytes: Uint8Array): Generator<WireField> {
    return wireFields(bytes, this.#fail);
  }

  #text(bytes: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.#fail("a name is not UTF-8");
    }
  }

  #entry(bytes: Uint8Array): [string, string] {
    let key = "", value = "";
    for (const field of this.#fields(bytes)) {
      if (field.number === entry.key) key = this.#text(field.bytes);
      if (field.number === entry.value) value = this.#text(field.bytes);
    }
    return [key, value];
  }

  model(bytes: Uint8Array): void {
    let graphs = 0;
    for (const field of this.#fields(bytes)) {
      if (field.number === model.producerName) this.producer.name = this.#text(field.bytes);
      else if (field.number === model.producerVersion) {
        this.producer.version = this.#text(field.bytes);
      } else if (field.number === model.metadata) {
        const [key, value] = this.#entry(field.bytes);
        this.metadata[key] = value;
      } else if (field.number === model.graph) {
        graphs++;
        this.#graph(field.bytes, 0);
      } else if (field.number === model.functions) {
        for (const inner of this.#fields(field.bytes)) {
          if (inner.number === functionNode) this.#node(inner.bytes, 1);
        }
      }
    }
    if (graphs !== 1) this.#fail(`it has ${graphs} graphs, expected one`);
    for (const { operator, input } of this.#sizes) {
      this.#check(findSizeProblem(operator, this.#numbers.get(input) ?? []));
    }
  }

  #graph(bytes: Uint8Array, depth: number): void {
    if (depth > mostDepth) this.#fail("its graphs nest too deep");
    const inputs: OutlinePort[] = [];
    const constants = new Set<string>();
    for (const { number, bytes: content } of this.#fields(bytes)) {
      if (number === graph.node) this.#node(content, depth + 1);
      else if (number === graph.initializer) {
        const { name, numbers } = this.#tensor(content);
        constants.add(name);
        this.#numbers.set(name, numbers);
      } else if (number === graph.sparse) this.#sparse(content);
      else if (number === graph.input && depth === 0) inputs.push(this.#port(content));
    }
    this.inputs.push(...inputs.filter(({ name }) => !constants.has(name)));
  }

  #node(bytes: Uint8Array, depth: number): void {
    const inputs: string[] = [], outputs: string[] = [];
    let operator = "", domain = "";
    let constant: readonly bigint[] = [];
    for (const field of this.#fields(bytes)) {
      if (field.number === node.input) inputs.push(this.#text(field.bytes));
      if (field.number === node.output) outputs.push(this.#text(field.bytes));
      if (field.number === node.operator) operator = this.#text(field.bytes);
      if (field.number === node.domain) domain = this.#text(field.bytes);
      if (field.number !== node.attribute) continue;
      this.#checkAttribute(field.bytes);
      for (const { number, bytes: content } of this.#fields(field.bytes)) {
        if (number === attribute.tensor || number === attribute.tensors) {
          constant = this.#tensor(content).numbers;
        } else if (number === attribute.sparse || number === attribute.sparses) {
          this.#sparse(content);
        } else if (number === attribute.graph || number === attribute.graphs) {
          this.#graph(content, depth);
        }
      }
    }
    this.#check(findOutputProblem(operator, domain, outputs.map((name) => name !== "")));
    if (operator === "Constant" && outputs[0]) this.#numbers.set(outputs[0], constant);
    const size = sizeInputOf(operator);
    const input = size === undefined ? undefined : inputs[size];
    if (input) this.#sizes.push({ operator, input });
  }

  /** Ends the reading where something was found. */
  #check(problem: string | undefined): void {
    if (problem !== undefined) this.#fail(problem);
  }

  /** Whole numbers of a repeated field, which stand one by one or packed. */
  #integers(field: WireField): bigint[] {
    return field.isPacked ? readVarints(field.bytes, this.#fail) : [field.integer];
  }

  #checkAttribute(bytes: Uint8Array): void {
    let name = "";
    const numbers: bigint[] = [];
    for (const field of this.#fields(bytes)) {
      if (field.number === attribute.name) name = this.#text(field.bytes);
      else if (field.number === attribute.integer || field.number === attribute.integers) {
        numbers.push(...this.#integers(field));
      }
    }
    this.#check(findAttributeProblem(name, numbers));
  }

  #sparse(bytes: Uint8Array): void {
    for (const { number, bytes: content } of this.#fields(bytes)) {
      if (number === sparseTensor.values || number === sparseTensor.indices) this.#tensor(content);
    }
  }

  /** @returns Its name; its numbers where they may be a shape. */
  #tensor(bytes: Uint8Array): { name: string; numbers: readonly bigint[] } {
    let name = "", type = 0, elements = 1;
    let raw: Uint8Array | undefined;
    const numbers: bigint[] = [];
    for (const field of this.#fields(bytes)) {
      const { number, bytes: content } = field;
      if (number === tensor.name) name = this.#text(content);
      else if (number === tensor.type) type = Number(field.integer);
      else if (number === tensor.raw) raw = content;
      else if (number === tensor.integers) numbers.push(...this.#integers(field));
      else if (number === tensor.dims) {
        for (const length of this.#integers(field)) elements *= Number(BigInt.asIntN(64, length));
      } else if (number === tensor.external) {
        const [key, value] = this.#entry(content);
        if (key === "location") this.externalData.add(value);
      }
    }
    this.#check(findConstantProblem({ name, type, elements, bytes: raw?.length }));
    if (type === int64Type && elements <= mostAxes) {
      const own = raw === undefined
        ? numbers.map((number) => BigInt.asIntN(64, number))
        : [...new BigInt64Array(Uint8Array.from(raw).buffer)];
      return { name, numbers: own };
    }
    return { name, numbers: [] };
  }

  /** ValueInfoProto: name, type → tensor type → shape → axes. */
  #port(bytes: Uint8Array): OutlinePort {
    let name = "";
    const shape: (number | undefined)[] = [];
    for (const field of this.#fields(bytes)) {
      if (field.number === port.name) name = this.#text(field.bytes);
      if (field.number !== port.type) continue;
      for (const type of this.#fields(field.bytes)) {
        if (type.number !== 1) continue;
        for (const part of this.#fields(type.bytes)) {
          if (part.number !== 2) continue;
          for (const axis of this.#fields(part.bytes)) {
            if (axis.number === 1) shape.push(this.#axis(axis.bytes));
          }
        }
      }
    }
    return { name, shape };
  }

  #axis(bytes: Uint8Array): number | undefined {
    let length: number | undefined;
    for (const { number, integer } of this.#fields(bytes)) {
      if (number === 1) length = Number(BigInt.asIntN(64, integer));
    }
    return length !== undefined && length > 0 ? length : undefined;
  }
}

/**
 * Reads what an ONNX file says of itself; its weights are passed over.
 *
 * @param source Its path, for messages.
 * @throws {DataError} where it is no ONNX file, or is cut off.
 */
export function readModelOutline(bytes: Uint8Array, source: string): ModelOutline {
  const foreign = describeForeignBytes(bytes);
  const fail = (reason: string): never => {
    throw new DataError(
      `Cannot load ${source} as ONNX: ${foreign === undefined ? reason : `it is ${foreign}`}` +
        (foreign === undefined ? ". If it is damaged or cut off, copy or export it again" : ""),
    );
  };
  const reader = new OutlineReader(fail);
  reader.model(bytes);
  const { producer, metadata, inputs, externalData } = reader;
  return { producer, metadata, inputs, externalData: [...externalData].sort() };
}
