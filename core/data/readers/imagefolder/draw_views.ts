/**
 * Draws the fixed views of many image files: in Workers, straight into shared memory, where there is
 * enough to do for them. The bytes do not depend on how many Workers there are, nor on which of them
 * takes which image.
 *
 * @module
 */

import sharp from "sharp";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import type { AugmentationRecipe } from "../../augmentation/recipes.ts";
import { damageOf } from "./damaged_images.ts";
import { decodeImage, releaseImage } from "./image_decoder.ts";
import { drawImageView } from "./image_views.ts";

/** What is to be drawn, and where. Can be sent to Workers. */
export interface ViewDrawing {
  /** Where each image is read, and what names it in the seeds of its views. */
  readonly files: readonly { readonly path: string; readonly id: string }[];
  /** A seed for each view of an image. */
  readonly seeds: readonly number[];
  readonly recipe: AugmentationRecipe;
  /** Side of a view in pixels. */
  readonly imageSize: number;
  /** [files, views, imageSize, imageSize, 3], shared. */
  readonly output: Uint8Array;
  /** [index of the next file to take, damaged files so far], shared. */
  readonly state: Int32Array;
  /** Damaged files after which no more are tried. */
  readonly mostDamaged: number;
}

/** What happened to one file. */
export interface DrawnFile {
  readonly index: number;
  /** Why it cannot be decoded; absent where it was drawn. */
  readonly damage?: string;
}

/** What a Worker says. */
export type DrawingReport =
  | { readonly type: "files"; readonly files: readonly DrawnFile[] }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly message: string };

/** Files from which Workers are worth their start. */
const manyFiles = 64;
/** Images that one thread decodes at the same time. */
const imagesInFlight = 2;

/** Draws files until none is left, sharing them with whoever draws into the same memory. */
export async function drawFiles(
  { files, seeds, recipe, imageSize, output, state, mostDamaged }: ViewDrawing,
  report: (file: DrawnFile) => void,
): Promise<void> {
  // Who draws is one thread; libvips must not start its own for each image.
  sharp.concurrency(1);
  const viewBytes = 3 * imageSize ** 2;
  await Promise.all(Array.from({ length: imagesInFlight }, async () => {
    for (;;) {
      const index = Atomics.add(state, 0, 1);
      if (index >= files.length || Atomics.load(state, 1) > mostDamaged) return;
      const { path, id } = files[index]!;
      let image: RgbImage;
      try {
        image = await decodeImage(path);
      } catch (error) {
        Atomics.add(state, 1, 1);
        report({ index, damage: damageOf(error) });
        continue;
      }
      seeds.forEach((seed, view) => {
        const offset = (index * seeds.length + view) * viewBytes;
        const target = { imageSize, layout: "pixels", output, offset } as const;
        drawImageView(image, seed, id, recipe, target);
      });
      releaseImage(image);
      report({ index });
    }
  }));
}

/** One Worker's part: it ends when no file is left. */
function runWorker(drawing: ViewDrawing, report: (file: DrawnFile) => void): Promise<void> {
  const worker = new Worker(new URL("./draw_views_worker.ts", import.meta.url), {
    type: "module",
    name: "views",
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<DrawingReport>) => {
    if (data.type === "files") data.files.forEach(report);
    else if (data.type === "done") resolve();
    else reject(new Error(data.message));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  worker.postMessage(drawing);
  return promise.finally(() => worker.terminate());
}

/**
 * Draws all views of all files.
 *
 * @param drawing What and where; its state starts at zeros here.
 * @param options.workers Threads that decode and draw. @default {as many as the machine has cores; none
 * for a few files}
 * @param options.onFile Told of every file, in no order.
 */
export async function drawViews(
  drawing: Omit<ViewDrawing, "state">,
  { workers, onFile }: { workers?: number; onFile: (file: DrawnFile) => void },
): Promise<void> {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const shared = { ...drawing, state };
  const few = drawing.files.length < manyFiles;
  const threads = workers ?? (few ? 0 : Math.min(navigator.hardwareConcurrency, 16));
  if (threads === 0) return await drawFiles(shared, onFile);
  // All are waited for, also where one fails: none may draw into memory that somebody else has by then.
  const ends = await Promise.allSettled(
    Array.from({ length: threads }, () => runWorker(shared, onFile)),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
