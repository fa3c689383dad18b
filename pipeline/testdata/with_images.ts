/**
 * Trainings on a folder of images of one's own, for tests.
 *
 * @module
 */

import { join } from "node:path";
import sharp from "sharp";
import { projectFolder } from "../../core/files.ts";
import { RandomStream } from "../../core/random.ts";
import type { DistillOptions } from "../distill.ts";

/** Path of an example. */
export const example = (name: string): string => join(projectFolder, "examples", name);

/** A folder with two classes of noisy images: dogs are reddish, cats are bluish. */
async function makeImages(folder: string): Promise<void> {
  for (const [name, color] of [["dog", [200, 60, 60]], ["cat", [60, 60, 200]]] as const) {
    await Deno.mkdir(join(folder, name), { recursive: true });
    for (let image = 0; image < 10; image++) {
      const random = new RandomStream(1, name, image);
      const pixels = Uint8Array.from(
        { length: 24 * 24 * 3 },
        (_, index) => color[index % 3]! + random.integer(50),
      );
      await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
        .png().toFile(join(folder, name, `${image}.png`));
    }
  }
}

/** Where such a test works. */
export interface Place {
  readonly folder: string;
  readonly options: (more?: DistillOptions) => DistillOptions;
}

/** Runs a test with a folder of images, options for a short training on them and a place for it. */
export async function withImages(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const photos = join(folder, "photos");
  try {
    await makeImages(photos);
    await Deno.writeTextFile(join(folder, "names.txt"), "dog\ncat # a comment\nhorse\n");
    await test({
      folder,
      options: (more = {}) => ({
        data: `imagefolder:${photos}`,
        student: "plain",
        plugins: [example("plain_student.ts")],
        epochs: 4,
        size: "smoke",
        set: [
          "pretrain.batchSize=8",
          "methods.seed.queueSize=16",
          "pretrain.imageSize=16",
          "pretrain.viewsPerImage=4",
          "pretrain.templates=name",
          "tasks.zero-shot.templates=name",
        ],
        out: join(folder, "run"),
        store: join(folder, "store"),
        ...more,
      }),
    });
  } finally {
    Deno.env.delete("ONNX_TEACHER");
    await Deno.remove(folder, { recursive: true });
  }
}
