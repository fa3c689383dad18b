/**
 * Measures evaluation by a student and embedding by a teacher.
 *
 * @module
 */

import { Session, type SessionOptions } from "../../core/engine/session.ts";
import { buildStudentInference } from "../../core/methods/student_inference.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { teachers } from "../../teachers/registry.ts";
import type { SpeedCase } from "./cases.ts";
import {
  benchmarkBackbone,
  benchmarkImages,
  benchmarkMethod,
  benchmarkSeed,
  benchmarkStep,
} from "./inputs.ts";
import { timeSteps } from "./time_steps.ts";
import { ownVersions } from "./training_step.ts";

/** Mean of the absolute values: compared with peers, who compute it from the same weights. */
function meanMagnitude(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return sum / values.length;
}

/** Measures the embeddings of a batch by a fresh student with running statistics. */
export async function measureEvaluation(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const { warmUp, steps, batchSize, imageSize } = speedCase;
  const { parameters, buffers } = (await benchmarkStep(speedCase, "nchw")).spec;
  const weights = new Map([parameters, buffers].flatMap((specs) => [
    ...namedParts(initializeFlat(specs, benchmarkSeed), specs),
  ]));
  const graph = buildStudentInference({
    batchSize,
    imageSize,
    backbone: benchmarkBackbone(speedCase),
    weights,
    head: (await benchmarkMethod()).head,
    layout,
  });
  const loaded = await Session.create(graph, session);
  const images = benchmarkImages(speedCase, layout);
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    async () => {
      const { embedding } = await loaded.run({ images }, ["embedding"]);
      return meanMagnitude(embedding!.data as Float32Array);
    },
  );
  await loaded.release();
  return measurement;
}

/** Measures the embeddings of full batches by a teacher. */
export async function measureTeacher(
  speedCase: SpeedCase,
  { session }: { session: SessionOptions },
): Promise<Measurement> {
  const teacher = await teachers.get(speedCase.model!)({ threads: session.threads ?? 1 });
  const { warmUp, steps } = speedCase;
  const { imageSize, batchSize } = teacher;
  const { data } = benchmarkImages({ ...speedCase, imageSize, batchSize }, "chwn");
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    async () => meanMagnitude(await teacher.encodeImages(data as Uint8Array)),
  );
  await teacher.release();
  return measurement;
}
