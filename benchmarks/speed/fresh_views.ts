/**
 * Memory of fresh views with a live teacher, whatever the number of images: batches of an image
 * folder at two sizes, as a distillation reads them, without the training.
 *
 *     deno run -A benchmarks/speed/fresh_views.ts '{"images":200000,"steps":200}'
 *
 * The folder is made for the measurement, of links to a few hundred drawn JPEGs of 64 pixels. Prints
 * one line of JSON: images a second and the greatest memory of the process in bytes.
 *
 * @module
 */

import { printJson } from "../../core/output.ts";
import { join } from "node:path";
import sharp from "sharp";
import { z } from "zod";
import { freshViewBatches } from "../../core/data/fresh_view_batches.ts";
import { getDataset } from "../../core/data/registry.ts";
import { RandomStream } from "../../core/random.ts";
import { TeacherBatches } from "../../core/train/teacher_batches.ts";
import { teachers } from "../../teachers/registry.ts";
import { peakBytes } from "./time_steps.ts";

const classes = 100, drawings = 500;

const requestSchema = z.strictObject({
  images: z.number().int().min(2 * classes).default(200_000),
  steps: z.number().int().positive().default(200),
  batchSize: z.number().int().positive().default(64),
  imageSize: z.number().int().positive().default(32),
  workers: z.number().int().positive().default(1),
  folder: z.string().optional().describe("a folder that is there; else one is made"),
});

/** Makes a folder of so many small JPEGs, a tenth of them for validation at most. */
export async function writeSmallPhotographs(folder: string, images: number): Promise<void> {
  const pool = join(folder, "pool");
  await Deno.mkdir(pool, { recursive: true });
  for (let index = 0; index < drawings; index++) {
    const random = new RandomStream(index, "speed", "small photograph");
    const pixels = Uint8Array.from(
      { length: 64 * 64 * 3 },
      (_, at) => 128 + 60 * Math.sin(at * (1 + index % 7) / 90) + random.integer(40),
    );
    const raw = { width: 64, height: 64, channels: 3 as const };
    await sharp(pixels, { raw }).jpeg().toFile(join(pool, `${index}.jpg`));
  }
  for (const [split, count] of [["train", images], ["val", classes]] as const) {
    for (let label = 0; label < classes; label++) {
      await Deno.mkdir(join(folder, "data", split, `class ${label} x`), { recursive: true });
    }
    for (let index = 0; index < count; index++) {
      const path = join(folder, "data", split, `class ${index % classes} x`, `${index}.jpg`);
      Deno.linkSync(join(pool, `${index % drawings}.jpg`), path);
    }
  }
}

if (import.meta.main) {
  const request = requestSchema.parse(JSON.parse(Deno.args[0] ?? "{}"));
  const { images, steps, batchSize, imageSize, workers } = request;
  const work = request.folder === undefined ? await Deno.makeTempDir() : undefined;
  try {
    if (work !== undefined) await writeSmallPhotographs(work, images);
    const folder = request.folder ?? join(work!, "data");
    const encoder = await teachers.get("emoji-clip")({ threads: 1 });
    const dataset = await getDataset(`imagefolder:${folder}`);
    const sizes = [imageSize, encoder.imageSize];
    const batches = new TeacherBatches({
      views: await freshViewBatches(dataset, "train", { sizes, batchSize, seed: 0, workers }),
      teacher: { kind: "live", encoder },
    });
    const start = performance.now();
    for (let step = 0; step < steps; step++) await batches.batch(step);
    const seconds = (performance.now() - start) / 1000;
    await batches.release();
    await encoder.release();
    const { length } = await dataset.samples("train");
    const peak = peakBytes();
    printJson({
      images: length,
      steps,
      imagesPerSecond: Math.round(steps * batchSize / seconds),
      peakBytes: peak,
    }, { indent: 0 });
  } finally {
    if (work !== undefined) await Deno.remove(work, { recursive: true });
  }
}
