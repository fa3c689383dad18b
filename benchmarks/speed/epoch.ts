/**
 * A whole epoch of distillation on a folder of photographs: decode and augment in the loader's
 * workers, read the teacher's embeddings of these views, train, write the weights.
 *
 *     deno run -A benchmarks/speed/epoch.ts '{"folder":"…","threads":1,…}'
 *
 * The views are fixed, so the teacher has seen each once and its embeddings are read from a file, as
 * every epoch but the first does. Prints one line of JSON: a measurement as in
 * core/results/speed_result.ts, one "step" of which is an epoch.
 *
 * @module
 */

import { printJson } from "../../core/output.ts";
import { dirname, join } from "node:path";
import { z } from "zod";
import { createLoader, type ImageLoader } from "../../core/data/loader/loader.ts";
import { channelBlock } from "../../core/engine/channel_block.ts";
import { floatTensor, type HostTensor } from "../../core/engine/session.ts";
import { buildDistillationStep, imageBatchShape } from "../../core/methods/distillation_step.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { readSafetensors, writeSafetensors } from "../../core/nn/safetensors.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { startTraining } from "../../core/train/replicas/start_training.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import { getCase } from "./cases.ts";
import {
  anchorRows,
  benchmarkBackbone,
  benchmarkMethod,
  benchmarkSeed,
  learningRate,
  optimizerSettings,
} from "./inputs.ts";
import { timeSteps } from "./time_steps.ts";
import { ownVersions } from "./training_step.ts";

const requestSchema = z.strictObject({
  name: z.string(),
  folder: z.string().describe("photographs"),
  threads: z.number().int().positive(),
  warmUp: z.number().int().nonnegative(),
  steps: z.number().int().positive().describe("epochs"),
});

/** What the process is asked to measure. */
export type EpochRequest = z.infer<typeof requestSchema>;

/** Embeddings of all images, as a teacher's cache keeps them. */
async function writeEmbeddings(path: string, images: number, dimension: number): Promise<void> {
  const data = anchorRows(images, dimension, "teacher of the epoch");
  const tensors = new Map([["embeddings", { shape: [images, dimension], data }]]);
  await Deno.writeFile(path, writeSafetensors(tensors));
}

/** Fills the feeds with the next batch; how long it was waited for, in milliseconds. */
async function nextBatch(
  loader: ImageLoader,
  { images, teacher }: Record<"images" | "teacher", HostTensor>,
  embeddings: Float32Array,
  dimension: number,
): Promise<number> {
  const batch = await loader.next();
  (images.data as Uint8Array).set(batch.pixels);
  batch.samples.forEach((sample, place) =>
    (teacher.data as Float32Array).set(
      embeddings.subarray(sample * dimension, (sample + 1) * dimension),
      place * dimension,
    )
  );
  return batch.waitMilliseconds;
}

/** Measures epochs; the value of an epoch is the loss of its last step. */
export async function measureEpoch(request: EpochRequest): Promise<Measurement> {
  const { folder, threads, warmUp, steps } = request;
  const speedCase = getCase(request.name);
  const { imageSize, batchSize } = speedCase;
  const method = await benchmarkMethod();
  const { dimension } = method.head;
  const step = buildDistillationStep({
    name: request.name,
    batchSize,
    imageSize,
    backbone: benchmarkBackbone(speedCase),
    method,
    optimizer: sgd(optimizerSettings),
    channelBlock: await channelBlock(),
  });
  const training = await startTraining(step, {
    seed: benchmarkSeed,
    replicas: 1,
    threads,
    state: initialTrainingState(step, benchmarkSeed),
  });
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  // Beside the photographs: nowhere else may this process write.
  const work = await Deno.makeTempDir({ dir: dirname(folder), prefix: "epoch-" });
  try {
    const cache = join(work, "embeddings.safetensors");
    await writeEmbeddings(cache, names.length, dimension);
    const feeds = {
      images: {
        dtype: "uint8" as const,
        shape: imageBatchShape("chwn", batchSize, imageSize),
        data: new Uint8Array(3 * imageSize ** 2 * batchSize),
      },
      teacher: floatTensor(new Float32Array(batchSize * dimension), [batchSize, dimension]),
    };
    await using loader = createLoader({
      images: names.map((id) => ({ id, path: join(folder, id) })),
      recipe: "mocov2",
      imageSize,
      batchSize,
      seed: benchmarkSeed,
      workers: 1,
      layout: "chwn",
      ahead: 2,
      fixedViews: 1,
    });
    const stepsPerEpoch = Math.floor(names.length / batchSize);
    let waited = 0;
    const measurement = await timeSteps(
      { warmUp, steps, images: stepsPerEpoch * batchSize, versions: ownVersions },
      async () => {
        const { tensors } = readSafetensors(await Deno.readFile(cache), cache);
        const embeddings = tensors.get("embeddings")!.data as Float32Array;
        let loss = NaN;
        for (let index = 0; index < stepsPerEpoch; index++) {
          const wait = await nextBatch(loader, feeds, embeddings, dimension);
          if (training.stepsDone >= warmUp * stepsPerEpoch) waited += wait;
          ({ loss } = await training.step([feeds], learningRate));
        }
        const { parameters } = training.state.tensors;
        const weights = namedParts(parameters!.data as Float32Array, step.spec.parameters);
        await Deno.writeFile(join(work, "student.safetensors"), writeSafetensors(weights));
        return loss;
      },
    );
    const total = measurement.seconds.reduce((sum, seconds) => sum + seconds, 0) * 1000;
    const share = (100 * waited / total).toFixed(1);
    return { ...measurement, note: `training waited for data ${share} % of the time` };
  } finally {
    await training.release();
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const request = requestSchema.parse(JSON.parse(Deno.args[0] ?? "null"));
  printJson(await measureEpoch(request), { indent: 0 });
  Deno.exit(0);
}
