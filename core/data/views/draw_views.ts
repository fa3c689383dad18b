/**
 * Draws the fixed views of many images: in Workers, straight into shared memory, where there is
 * enough to do for them. The bytes do not depend on how many Workers there are, nor on which of them
 * takes which image.
 *
 * @module
 */

import sharp from "sharp";
import type { AugmentationRecipe } from "../augmentation/recipes.ts";
import {
  createDecodingBudget,
  type DecodingBudget,
  shareDecodingBudget,
} from "../decoding/decoding_budget.ts";
import { damageOf, isDamage } from "./damaged_images.ts";
import {
  type ImageDrawer,
  type ImageOrigin,
  type ImageReference,
  openDrawer,
} from "./image_drawer.ts";

/** What is to be drawn, and where. Can be sent to Workers. */
export interface ViewDrawing {
  /** Where the images come from; undefined where only the caller's drawer knows. */
  readonly origin: ImageOrigin | undefined;
  readonly images: readonly ImageReference[];
  /** A seed for each view of an image. */
  readonly seeds: readonly number[];
  readonly recipe: AugmentationRecipe;
  /** Side of a view in pixels. */
  readonly imageSize: number;
  /** [images, views, imageSize, imageSize, 3], shared. */
  readonly output: Uint8Array;
  /** [index of the next image to take, damaged images so far], shared. */
  readonly state: Int32Array;
  /** Damaged images after which no more are tried. */
  readonly mostDamaged: number;
  readonly budget: DecodingBudget;
}

/** What happened to one image. */
export interface DrawnImage {
  readonly index: number;
  /** Why it cannot be decoded; absent where it was drawn. */
  readonly damage?: string;
}

/** What a Worker says. */
export type DrawingReport =
  | { readonly type: "images"; readonly images: readonly DrawnImage[] }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly message: string };

/** Images from which Workers are worth their start. */
const manyImages = 64;
/** Images that one thread decodes at the same time. */
const imagesInFlight = 2;

/** Draws images until none is left, sharing them with whoever draws into the same memory. */
export async function drawImages(
  { images, seeds, imageSize, output, state, mostDamaged, budget }: ViewDrawing,
  drawer: ImageDrawer,
  report: (image: DrawnImage) => void,
): Promise<void> {
  // Who draws is one thread; libvips must not start its own for each image.
  sharp.concurrency(1);
  shareDecodingBudget(budget);
  const viewBytes = 3 * imageSize ** 2;
  await Promise.all(Array.from({ length: imagesInFlight }, async () => {
    for (;;) {
      const index = Atomics.add(state, 0, 1);
      if (index >= images.length || Atomics.load(state, 1) > mostDamaged) return;
      const views = seeds.map((viewSeed, view) => {
        const offset = (index * seeds.length + view) * viewBytes;
        return { viewSeed, imageSize, layout: "pixels", output, offset } as const;
      });
      try {
        await drawer.draw(images[index]!, views);
      } catch (error) {
        if (!isDamage(error)) throw error;
        Atomics.add(state, 1, 1);
        report({ index, damage: damageOf(error) });
        continue;
      }
      report({ index });
    }
  }));
}

/** One Worker's part: it ends when no image is left. */
function runWorker(drawing: ViewDrawing, report: (image: DrawnImage) => void): Promise<void> {
  const worker = new Worker(new URL("./draw_views_worker.ts", import.meta.url), {
    type: "module",
    name: "views",
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<DrawingReport>) => {
    if (data.type === "images") data.images.forEach(report);
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
 * Draws all views of some images.
 *
 * @param drawing What and where; its state starts at zeros here.
 * @param options.workers Threads that decode and draw. @default {as many as the machine has cores; none
 * for a few images}
 * @param options.drawer Draws in this thread, where no Worker does.
 * @param options.onImage Told of every image, in no order.
 */
export async function drawViews(
  drawing: Omit<ViewDrawing, "state" | "budget">,
  { workers, drawer, onImage }: {
    workers?: number | undefined;
    drawer?: ImageDrawer | undefined;
    onImage: (image: DrawnImage) => void;
  },
): Promise<void> {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const shared = { ...drawing, state, budget: createDecodingBudget() };
  const { origin, images, recipe } = drawing;
  const few = images.length < manyImages;
  const threads = origin === undefined
    ? 0
    : workers ?? (few ? 0 : Math.min(navigator.hardwareConcurrency, 16));
  if (threads === 0) {
    return await drawImages(shared, drawer ?? await openDrawer(origin!, recipe), onImage);
  }
  // All are waited for, also where one fails: none may draw into memory that somebody else has by then.
  const ends = await Promise.allSettled(
    Array.from({ length: threads }, () => runWorker(shared, onImage)),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
