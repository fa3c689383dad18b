/**
 * What every Worker that paints images of batches does: it is set up once, then paints one image after the
 * other.
 *
 * @module
 */

import sharp from "sharp";
import { shareDecodingBudget } from "../../data/decoding/decoding_budget.ts";
import { DataError } from "../../errors.ts";
import type { Paint, PainterReport, PainterRequest } from "./painters.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope<Setup, Image> {
  onmessage: ((event: MessageEvent<PainterRequest<Setup, Image>>) => void) | null;
  postMessage(message: PainterReport): void;
  close(): void;
}

/**
 * Serves `workerPainters`.
 *
 * @param open Gets ready to paint.
 */
export function servePainter<Setup, Image>(open: (setup: Setup) => Promise<Paint<Image>>): void {
  const scope = globalThis as unknown as WorkerScope<Setup, Image>;
  let paint: Paint<Image> | undefined;
  let queue: Promise<void> = Promise.resolve();

  const report = async (number: number, image: Image): Promise<PainterReport> => {
    try {
      return { type: "painted", number, damage: await paint!(image) };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { type: "refused", number, message: error.message };
    }
  };
  const handle = async (request: PainterRequest<Setup, Image>): Promise<void> => {
    if (request.type === "setup") {
      // Every Worker is one thread; libvips must not start its own for each image.
      sharp.concurrency(1);
      sharp.cache(false);
      shareDecodingBudget(request.budget);
      paint = await open(request.setup);
      return;
    }
    if (request.type === "stop") {
      scope.postMessage({ type: "stopped" });
      return scope.close();
    }
    scope.postMessage(await report(request.number, request.image));
  };
  scope.onmessage = ({ data }) => {
    queue = queue.then(() => handle(data)).catch((error: unknown) => {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      scope.postMessage({ type: "failed", message });
    });
  };
}
