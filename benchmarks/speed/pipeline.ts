/**
 * The input pipeline on a folder of photographs: decode and `mocov2` by the loader's workers.
 *
 *     deno run -A benchmarks/speed/pipeline.ts '{"folder":"…","threads":1}'
 *
 * The request is JSON in the first argument; without a folder, photographs are drawn into a
 * temporary one. Prints one line of JSON on standard output (a measurement as in
 * core/results/speed_result.ts) and images per second on standard error.
 *
 * @module
 */

import { printJson, tell } from "../../core/output.ts";
import sharp from "sharp";
import { join } from "node:path";
import { z } from "zod";
import { createLoader } from "../../core/data/loader/loader.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { withPhotographs } from "./photographs.ts";
import { timeSteps } from "./time_steps.ts";

const requestSchema = z.strictObject({
  folder: z.string().optional(),
  imageSize: z.number().int().positive().default(224),
  batchSize: z.number().int().positive().default(64),
  threads: z.number().int().positive().default(1).describe("workers of the loader"),
  warmUp: z.number().int().nonnegative().default(1),
  steps: z.number().int().positive().default(4),
  recipe: z.string().default("mocov2"),
});

/** What the process is asked to measure. */
export type PipelineRequest = z.infer<typeof requestSchema>;

/** Measures batches of the loader; the value of a batch is the mean of its pixels. */
export async function measurePipeline(
  folder: string,
  request: PipelineRequest,
): Promise<Measurement> {
  const { imageSize, batchSize, threads, warmUp, steps, recipe } = request;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  await using loader = createLoader({
    images: names.map((id) => ({ id, path: join(folder, id) })),
    recipe,
    imageSize,
    batchSize: Math.min(batchSize, names.length),
    seed: 0,
    workers: threads,
    layout: "chwn",
    ahead: 1,
  });
  const versions = { deno: Deno.version.deno, sharp: sharp.versions.sharp! };
  const images = Math.min(batchSize, names.length);
  return await timeSteps({ warmUp, steps, images, versions }, async () => {
    const { pixels } = await loader.next();
    let sum = 0;
    // A sample is enough: what counts is that the batch has been made.
    for (let index = 0; index < pixels.length; index += 997) sum += pixels[index]!;
    return sum / Math.ceil(pixels.length / 997);
  });
}

if (import.meta.main) {
  const request = requestSchema.parse(JSON.parse(Deno.args[0] ?? "{}"));
  const measureIn = (folder: string) => measurePipeline(folder, request);
  let measurement: Measurement;
  if (request.folder !== undefined) measurement = await measureIn(request.folder);
  else {
    const work = await Deno.makeTempDir();
    try {
      measurement = await withPhotographs(work, measureIn);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  }
  const { images, cpuSeconds, seconds } = measurement;
  const wall = [...seconds].sort((a, b) => a - b)[seconds.length >> 1]!;
  tell(
    `${(images / cpuSeconds).toFixed(0)} images/s per core, ` +
      `${(images / wall).toFixed(0)} images/s with ${request.threads} workers`,
  );
  printJson(measurement, { indent: 0 });
  Deno.exit(0);
}
