/**
 * Models as tasks see them: a trained student, or the teacher itself.
 *
 * @module
 */

import type { ViewSet } from "../core/data/views/view_set.ts";
import { Session } from "../core/engine/session.ts";
import { DataError } from "../core/errors.ts";
import { type Backbone, backboneLevels } from "../core/methods/backbone.ts";
import { studentDenseEncoder } from "../core/methods/dense_encoder.ts";
import { studentMappedEncoder } from "../core/methods/mapped_encoder.ts";
import type { Head } from "../core/methods/method.ts";
import { withoutHead } from "../core/methods/student_export.ts";
import { buildStudentInference } from "../core/methods/student_inference.ts";
import { imageBatchShape } from "../core/nn/layout.ts";
import type { NamedTensors } from "../core/nn/parameters.ts";
import { encodeViews } from "../core/train/embed_views.ts";
import { teacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import type { MeasuredBackbone, MeasuredModel } from "../tasks/task.ts";
import type { Teacher } from "../teachers/teacher.ts";
import type { StudentFile } from "./student_file.ts";

/** A model that holds a session. */
export interface LoadedModel extends MeasuredModel {
  /** Frees the session. */
  release(): Promise<void>;
}

const batchSize = 128;

/**
 * Weights that are finite may give features that are not: numbers of no meaning would be measured.
 *
 * @throws {DataError} naming the model and the first such image.
 */
function assertFinite(
  model: string,
  views: ViewSet,
  outputs: Readonly<Record<string, Float32Array>>,
): void {
  const count = views.samples.length * views.viewsPerSample;
  for (const [name, data] of Object.entries(outputs)) {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    const view = Math.floor(bad / (data.length / count));
    const id = views.samples.id(Math.floor(view / views.viewsPerSample));
    throw new DataError(
      `${model} gives a non-finite ${name} (${
        data[bad]
      }) for ${id}: its weights are damaged, or not ` +
        "of this architecture and size. Export them again",
    );
  }
}

/**
 * A teacher's text encoder whose results have the teacher's length: a plug-in's may not, and rows of
 * another length would be read askew.
 */
function textEncoder(
  { name, dimension, encodeText }: Teacher,
): Pick<MeasuredModel, "encodeText"> {
  if (encodeText === undefined) return {};
  return {
    async encodeText(texts) {
      const rows = await encodeText(texts);
      if (rows.length === texts.length * dimension) return rows;
      throw new DataError(
        `Teacher ${name} gave ${rows.length} numbers for ${texts.length} texts, expected ` +
          `${dimension} for each, as for images. Fix its encodeText`,
      );
    },
  };
}

/** A student with its weights, ready for tasks. Views that were seen once are not run again. */
export async function studentModel(
  { name, student, backbone, weights, imageSize, head, teacher, threads }: {
    readonly name: string;
    /** What it is built of again. */
    readonly student: MeasuredBackbone["student"];
    readonly backbone: Backbone;
    readonly weights: NamedTensors;
    readonly imageSize: number;
    readonly head?: Head;
    /** The teacher whose space the head's embedding is in. */
    readonly teacher: Teacher | null;
    readonly threads: number;
  },
): Promise<LoadedModel> {
  const graph = buildStudentInference({
    batchSize,
    imageSize,
    backbone,
    weights,
    ...(head ? { head } : {}),
  });
  const featureLength = graph.outputs.find((output) => output.name === "features")!.value.shape[1]!;
  const session = await Session.create(graph, { threads });
  const shape = imageBatchShape("chwn", batchSize, imageSize);
  const outputs = new Map<string, Promise<Record<string, Float32Array>>>();
  const runOnce = async (views: ViewSet) => {
    const encoded = await encodeViews(views, {
      batchSize,
      encode: async (images) => {
        const tensors = await session.run({ images: { dtype: "uint8", shape, data: images } });
        return Object.fromEntries(
          Object.entries(tensors).map(([key, { data }]) => [key, data as Float32Array]),
        );
      },
    });
    assertFinite(name, views, encoded);
    return encoded;
  };
  const run = (views: ViewSet) => {
    let result = outputs.get(views.hash);
    if (!result) {
      result = runOnce(views);
      if (!views.isTransient) outputs.set(views.hash, result);
    }
    return result;
  };
  // Texts of another length than the embedding are of another space.
  const embeds = teacher !== null && head?.output === "embedding" &&
    head.dimension === teacher.dimension;
  return {
    name,
    imageSize,
    featureLength,
    features: async (views) => (await run(views))["features"]!,
    ...(embeds ? { embeddings: async (views: ViewSet) => (await run(views))["embedding"]! } : {}),
    ...(embeds
      ? {
        dense: studentDenseEncoder(backbone, weights, head, name),
        mapped: studentMappedEncoder(backbone, weights, head),
        ...textEncoder(teacher),
      }
      : {}),
    backbone: {
      architecture: backbone,
      weights: withoutHead(weights, backbone.headName),
      imageSize,
      levels: backboneLevels(backbone, imageSize),
      student,
    },
    release: () => session.release(),
  };
}

/** The model of a student's file. */
export function modelOfFile(
  file: StudentFile,
  options: { readonly name: string; readonly teacher: Teacher | null; readonly threads: number },
): Promise<LoadedModel> {
  const { backbone, weights, imageSize, head, student, widthMultiplier, stem } = file;
  return studentModel({
    student: { name: student, widthMultiplier, stem },
    backbone,
    weights,
    imageSize,
    ...(head === null ? {} : { head }),
    ...options,
  });
}

/** The teacher as a model: its embedding is both feature and embedding. */
export function teacherModel(teacher: Teacher): LoadedModel {
  const embeddings = async (views: ViewSet) => {
    if (!views.isTransient) return await teacherEmbeddings(teacher, views);
    const encoded = await encodeViews(views, {
      batchSize: teacher.batchSize,
      encode: async (images) => ({ embedding: await teacher.encodeImages(images) }),
    });
    assertFinite(`Teacher ${teacher.name}`, views, encoded);
    return encoded.embedding;
  };
  return {
    name: teacher.name,
    imageSize: teacher.imageSize,
    featureLength: teacher.dimension,
    features: embeddings,
    embeddings,
    ...(teacher.dense ? { dense: teacher.dense } : {}),
    ...(teacher.mapped ? { mapped: teacher.mapped } : {}),
    ...textEncoder(teacher),
    release: () => Promise.resolve(),
  };
}
