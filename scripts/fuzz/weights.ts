/**
 * Parsers of weights: safetensors, students, checkpoints, ONNX files, word vectors.
 *
 * @module
 */

import { join } from "node:path";
import { takeDataWarnings } from "../../core/data/warnings.ts";
import { ModelFile } from "../../core/engine/model_file.ts";
import { floatTensor } from "../../core/engine/session.ts";
import { studentSpecs } from "../../core/methods/student_inference.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../../core/nn/parameters.ts";
import { readSafetensors, writeSafetensors } from "../../core/nn/safetensors.ts";
import {
  add,
  concat,
  expand,
  matMul,
  pad,
  reduceMean,
  relu,
  reshape,
  slice,
  transpose,
} from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { addModelChecksum } from "../../core/onnx/model_checksum.ts";
import { encodeModel, type EncodeOptions } from "../../core/onnx/proto.ts";
import { onnx } from "../../core/onnx/proto_messages.ts";
import type { RandomStream } from "../../core/random.ts";
import { decodeWordVectors } from "../../core/text/word_vectors.ts";
import { loadCheckpoint, saveCheckpoint } from "../../core/train/checkpoint.ts";
import { decodeStudentFile } from "../../pipeline/student_file.ts";
import { encodeStudentFile, type StudentMetadata } from "../../pipeline/student_metadata.ts";
import { studentBackbone } from "../../pipeline/student_backbone.ts";
import { students } from "../../students/registry.ts";
import { loadOnnxTeacher } from "../../teachers/onnx_teacher.ts";
import { mutate, mutateValue } from "./mutate.ts";
import { type FuzzParser, type FuzzSeed, overwrite, textSeed } from "./parser.ts";

/** A safetensors file with its header. */
function tensorSeed(name: string, bytes: Uint8Array): FuzzSeed {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return { name, bytes, header: [8, 8 + length] };
}

const smallTensors = new Map([
  ["a.weight", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 6) }],
  ["a.bias", { shape: [3], data: Float32Array.of(0.1, 0.2, 0.3) }],
  ["count", { shape: [], data: BigInt64Array.of(7n) }],
]);

const safetensors: FuzzParser = {
  name: "safetensors",
  isChecked: false,
  open: () =>
    Promise.resolve({
      seeds: [
        tensorSeed("F32", writeSafetensors(smallTensors, { metadata: { format: "pt" } })),
        tensorSeed("F16", writeSafetensors(smallTensors, { dtype: "F16" })),
        tensorSeed("none", writeSafetensors(new Map())),
      ],
      parse: (bytes) => readSafetensors(bytes, "fuzz.safetensors"),
    }),
};

const studentSize = { imageSize: 32, widthMultiplier: 0.05, stem: "small" as const };
const studentName = "mobilenet_v2";

function freshStudent() {
  const backbone = studentBackbone(students.get(studentName), studentSize);
  const head = { output: "embedding" as const, dimension: 8 };
  const specs = studentSpecs({ imageSize: studentSize.imageSize, backbone, head });
  return {
    head,
    weights: namedParts(initializeFlat(specs, 0), specs),
    headName: backbone.headName,
  };
}

/** A small student and what its file says of it. */
export function sampleStudent(): { weights: NamedTensors; metadata: StudentMetadata } {
  const { head, weights } = freshStudent();
  const metadata: StudentMetadata = {
    ...studentSize,
    student: studentName,
    head,
    teacher: "emoji-clip",
    teacherHash: "0".repeat(64),
    classNames: ["cat", "dog"],
    pretrain: null,
    modelKey: "1".repeat(64),
    seed: 3,
    steps: 10,
  };
  return { weights, metadata };
}

const student: FuzzParser = {
  name: "student",
  isChecked: true,
  open() {
    const { weights, metadata } = sampleStudent();
    const bytes = encodeStudentFile(weights, metadata);
    return Promise.resolve({
      seeds: [tensorSeed("mobilenet_v2", bytes)],
      parse(bytes) {
        // What the user says in place of the file must not bring one in that was changed.
        const file = decodeStudentFile(bytes, "student.safetensors", {
          ...studentSize,
          student: studentName,
        });
        const { sha256: _sha256, architecture: _architecture, backbone: _backbone, ...rest } = file;
        return rest;
      },
    });
  },
};

const foreignStudent: FuzzParser = {
  name: "student/foreign",
  isChecked: false,
  open() {
    const { weights, headName } = freshStudent();
    const kept = [...weights].filter(([name]) => !name.startsWith(`${headName}.`));
    const write = (prefix: string) =>
      writeSafetensors(new Map(kept.map(([name, tensor]) => [prefix + name, tensor])));
    return Promise.resolve({
      seeds: [tensorSeed("plain", write("")), tensorSeed("prefix", write("module.model."))],
      parse(bytes) {
        const { weights, isVerified, notes } = decodeStudentFile(bytes, "weights.safetensors", {
          ...studentSize,
          student: studentName,
        });
        if (isVerified) throw new Error("a foreign file counts as verified");
        return { weights, notes };
      },
    });
  },
};

const checkpoint: FuzzParser = {
  name: "checkpoint",
  isChecked: true,
  async open(folder) {
    const path = join(folder, "checkpoint.safetensors");
    const tensors = {
      parameters: floatTensor(Float32Array.of(0.1, -2, 3e-38, 0), [4]),
      "state/bank": floatTensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
    };
    const curve = { steps: [10, 20], loss: [3.5, 2.25], parts: { visual: [1, 2] } };
    await saveCheckpoint(path, { state: { step: 130, tensors }, curve, seconds: 61.25 }, "key");
    return {
      seeds: [tensorSeed("checkpoint", await Deno.readFile(path))],
      async parse(bytes) {
        await overwrite(path, bytes);
        return await loadCheckpoint(path, "key", { parameters: [4], "state/bank": [3, 2] });
      },
    };
  },
};

/** A small network as a file. */
function smallModel(options: EncodeOptions = {}): Uint8Array {
  const graph = new Graph("small");
  const images = graph.input("images", "float32", [2, 3, 4, 4]);
  const matrix = graph.constant("float32", [3, 2], Float32Array.of(1, 0.5, -1, 2, 0.25, 1));
  const bias = graph.constant("float32", [2], Float32Array.of(0.1, 0.2));
  const means = reduceMean(graph, images, [2, 3], false);
  graph.output("features", relu(graph, add(graph, matMul(graph, means, matrix), bias)));
  return encodeModel(graph, { batchDimension: "batch", ...options });
}

/** A network of operators whose shapes are numbers in the file. */
function shapeModel(): Uint8Array {
  const graph = new Graph("shapes");
  const images = graph.input("images", "float32", [2, 3, 4, 4]);
  const weight = graph.constant("float32", [4, 3, 3, 3], new Float32Array(108).fill(0.1));
  const window = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] };
  const convolved = graph.node("Conv", [images, weight], { ...window, group: 1 });
  const pooling = { strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], kernelShape: [2, 2] };
  const [pooled] = graph.nodeOutputs("MaxPool", [convolved], pooling);
  const padded = pad(graph, pooled!, [0, 0, 1, 1, 0, 0, 1, 1]);
  const cut = slice(graph, padded, [{ axis: 2, start: 1, end: 3 }]);
  const [one, other] = graph.nodeOutputs("Split", [cut], { axis: 1, split: [2, 2] });
  const joined = concat(graph, [one!, other!, one!], 1);
  const wide = expand(graph, reshape(graph, joined, [2, 6, 8, 1]), [2, 6, 8, 2]);
  graph.output("features", reshape(graph, transpose(graph, wide, [0, 3, 2, 1]), [2, 96]));
  return encodeModel(graph);
}

/** A model with something else in it, whose lengths are right: it reaches the runtime. */
function rewriteModel(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const type = onnx.lookupType("ModelProto");
  const value = type.toObject(type.decode(bytes), { longs: Number });
  mutateValue(value, random);
  try {
    return Uint8Array.from(type.encode(type.fromObject(value)).finish());
  } catch {
    // A value that the messages cannot hold.
    return mutate(bytes, random).bytes;
  }
}

const exportedModel: FuzzParser = {
  name: "onnx",
  isChecked: true,
  open() {
    const options = { metadata: { student: "small" }, producerVersion: "0.1.0" };
    const pixels = Float32Array.from({ length: 96 }, (_, index) => index / 96);
    return Promise.resolve({
      seeds: [{ name: "export", bytes: addModelChecksum(smallModel(options)) }],
      async parse(bytes) {
        const model = await ModelFile.open(bytes, { source: "student.onnx" });
        try {
          const { inputs, outputs, metadata } = model;
          const run = await model.run({ images: floatTensor(pixels, [2, 3, 4, 4]) });
          return { inputs, outputs, metadata, run };
        } finally {
          await model.release();
        }
      },
    });
  },
};

/** Parser of a foreign ONNX file, which is loaded and run as a teacher. */
const teacherParser = (
  name: string,
  model: () => Uint8Array,
  options: Pick<FuzzParser, "mayEndProcess"> = {},
): FuzzParser => ({
  name,
  isChecked: false,
  ...options,
  open(folder) {
    const path = join(folder, "teacher.onnx");
    const bytes = model();
    const images = Uint8Array.from({ length: 96 }, (_, index) => index);
    return Promise.resolve({
      seeds: [{ name: "foreign", bytes, rewrite: (random) => rewriteModel(bytes, random) }],
      async parse(bytes) {
        await overwrite(path, bytes);
        const teacher = await loadOnnxTeacher({ name: "t", path, imageSize: 4, batchSize: 2 });
        takeDataWarnings();
        try {
          const { dimension, batchSize } = teacher;
          const run = batchSize === 2 ? await teacher.encodeImages(images) : null;
          return { dimension, batchSize, run };
        } finally {
          await teacher.release();
        }
      },
    });
  },
});

const onnxTeacher = teacherParser("onnx/teacher", () => smallModel());
const onnxShapes = teacherParser("onnx/shapes", shapeModel, { mayEndProcess: true });

const wordVectors: FuzzParser = {
  name: "word vectors",
  isChecked: false,
  open() {
    const list = "# 9 words in the source\ndog 2\ncat 5\n";
    const table = new Uint8Array(2 * 104).map((_, index) => index);
    const files = { listPath: "words.txt", tablePath: "words.bin" };
    return Promise.resolve({
      seeds: [textSeed("list", list), { name: "table", bytes: table }],
      parse(bytes, { name }) {
        const text = name === "list" ? new TextDecoder().decode(bytes) : list;
        const { words, vector } = decodeWordVectors(text, name === "table" ? bytes : table, files);
        return { words, vectors: words.map(vector) };
      },
    });
  },
};

/** Parsers of weights. */
export const weightParsers: readonly FuzzParser[] = [
  safetensors,
  student,
  foreignStudent,
  checkpoint,
  exportedModel,
  onnxTeacher,
  onnxShapes,
  wordVectors,
];
