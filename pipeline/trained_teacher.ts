/**
 * Teachers that a run trains first: a network of the store as a frozen encoder, without a text encoder.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { trainSplit } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { Session } from "../core/engine/session.ts";
import { DataError } from "../core/errors.ts";
import { sha256 } from "../core/files.ts";
import type { Backbone } from "../core/methods/backbone.ts";
import type { Head, MethodTeacher } from "../core/methods/method.ts";
import { methods } from "../core/methods/registry.ts";
import { buildStudentInference } from "../core/methods/student_inference.ts";
import { normalizeImages } from "../core/nn/layers.ts";
import { imageBatchShape } from "../core/nn/layout.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { stepsOfEpoch } from "../core/recipe/cost.ts";
import type { TeacherTraining, TrainSpec } from "../core/recipe/jobs.ts";
import { students } from "../students/registry.ts";
import { normalizeRows } from "../teachers/normalize_rows.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { encoderFileName, type StoredModel, studentFileName } from "./stored_model.ts";
import { studentBackbone } from "./student_backbone.ts";
import { readStudentFile } from "./student_file.ts";

/** Raised when the code changes what the same file gives. */
const codeVersion = 1;

const batchSize = 128;

/** What a training makes of a network: the embedding of its head, or the features of its backbone. */
interface TrainedOutput {
  readonly output: "embedding" | "features";
  readonly dimension: number;
  /** File of the store's entry. */
  readonly file: string;
}

/** The last layer that a method gives its networks; none where it does not train. */
async function headOf(spec: TrainSpec, seed: number): Promise<Head | undefined> {
  const method = methods.get(spec.method!);
  if (method.needs.trains === false) return undefined;
  const dataset = await getDataset<Annotation>(spec.data);
  const { length } = await dataset.samples(trainSplit(dataset));
  const { head } = await method.prepare({
    settings: spec.settings,
    seed,
    batchSize: spec.pretrain.batchSize,
    stepsPerEpoch: stepsOfEpoch(spec, length),
    classes: dataset.classNames.length,
    teacher: null,
    text: null,
    onWarning: () => {},
  });
  return head;
}

/** Length of what a backbone gives its head. */
function featureLength(backbone: Backbone, imageSize: number): number {
  let length = 0;
  traceModel({ layout: "chwn", mode: "eval" }, (context) => {
    const images = context.graph.input("images", "uint8", imageBatchShape("chwn", 1, imageSize));
    const { pooled } = backbone.features(
      context,
      normalizeImages(context, images, backbone.preprocess),
    );
    length = pooled.shape[1]!;
  });
  return length;
}

/** What of a network is the teacher's embedding. */
async function outputOf({ spec, seed }: TeacherTraining): Promise<TrainedOutput> {
  const head = await headOf(spec, seed);
  if (head?.output === "embedding") {
    const file = head.space === "own" ? encoderFileName : studentFileName;
    return { output: "embedding", dimension: head.dimension, file };
  }
  const backbone = studentBackbone(students.get(spec.student!), spec.pretrain);
  const dimension = featureLength(backbone, spec.pretrain.imageSize);
  return { output: "features", dimension, file: studentFileName };
}

/** The name of a teacher that is trained first, as specifications have it. */
function nameOf({ spec }: TeacherTraining): string {
  return `${spec.method} ${spec.student}`;
}

/**
 * What is known of such a teacher before it is there.
 *
 * @throws {ConfigError} where its method does not take its settings.
 */
export async function describeTrainedTeacher(training: TeacherTraining): Promise<MethodTeacher> {
  const { dimension } = await outputOf(training);
  return { name: nameOf(training), dimension };
}

/**
 * Loads such a teacher. Its embedding is that of the head it was trained with, also where that is of a
 * space of its own, as the teachers of SEED, BINGO and DisCo keep MoCo's; where there is none, its
 * features, at unit length.
 *
 * @param stored Its training.
 * @throws {DataError} where the store has no such file, or it is damaged.
 */
export async function loadTrainedTeacher(
  training: TeacherTraining,
  stored: StoredModel,
  { threads }: { readonly threads: number },
): Promise<Teacher> {
  const name = nameOf(training);
  const { output, dimension, file: fileName } = await outputOf(training);
  const path = stored.entry.files[fileName]?.path;
  if (path === undefined) {
    throw new DataError(
      `Cannot use ${stored.info.label} as a teacher: its entry ${stored.entry.key} of the store has no ` +
        `${fileName}. Remove the entry and run again`,
    );
  }
  const { sha256: hash, imageSize, backbone, weights, head } = await readStudentFile(path);
  const graph = buildStudentInference({
    batchSize,
    imageSize,
    backbone,
    weights,
    ...(output === "embedding" ? { head: head! } : {}),
  });
  const session = await Session.create(graph, { threads });
  const shape = imageBatchShape("chwn", batchSize, imageSize);
  return {
    name,
    title: name,
    imageSize,
    preprocess: backbone.preprocess,
    dimension,
    hash: sha256(hash, `trained teacher ${codeVersion} ${output}`),
    batchSize,
    async encodeImages(images) {
      const tensors = await session.run({ images: { dtype: "uint8", shape, data: images } });
      const rows = Float32Array.from(tensors[output]!.data as Float32Array);
      if (output === "features") normalizeRows(rows, dimension);
      return rows;
    },
    release: () => session.release(),
  };
}
