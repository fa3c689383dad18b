/**
 * A Worker that paints images of batches.
 *
 * @module
 */

import sharp from "sharp";
import { shareDecodingBudget } from "../../data/decoding/decoding_budget.ts";
import { type ImageReader, openReader, paintImage } from "./paint_image.ts";
import type { PainterReport, PainterRequest, PainterSetup } from "./painters.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PainterRequest>) => void) | null;
  postMessage(message: PainterReport): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

let reader: ImageReader | undefined;
let queue: Promise<void> = Promise.resolve();

async function open({ origin, budget }: PainterSetup): Promise<void> {
  // Every Worker is one thread; libvips must not start its own for each image.
  sharp.concurrency(1);
  sharp.cache(false);
  shareDecodingBudget(budget);
  reader = await openReader(origin);
}

async function handle(request: PainterRequest): Promise<void> {
  if (request.type === "setup") return await open(request);
  if (request.type === "stop") {
    scope.postMessage({ type: "stopped" });
    return scope.close();
  }
  const { number, image } = request;
  scope.postMessage({ type: "painted", number, damage: await paintImage(reader!, image) });
}

scope.onmessage = ({ data }) => {
  queue = queue.then(() => handle(data)).catch((error: unknown) => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    scope.postMessage({ type: "failed", message });
  });
};
