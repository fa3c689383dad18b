/**
 * A worker of the image loader: reads, decodes and augments its places of every batch.
 *
 * @module
 */

import sharp from "sharp";
import { shareDecodingBudget } from "../decoding/decoding_budget.ts";
import { openDrawer } from "../views/image_drawer.ts";
import { BatchFiller } from "./batch_filler.ts";
import type { FillerSetup, FillRequest, LoaderReport, LoaderRequest } from "./messages.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<LoaderRequest>) => void) | null;
  postMessage(message: LoaderReport): void;
  close(): void;
}

const scope = globalThis as unknown as WorkerScope;

let filler: BatchFiller | undefined;
let stopped = false;
let queue: Promise<void> = Promise.resolve();

async function open(setup: FillerSetup): Promise<void> {
  // Every worker is one thread; libvips must not start its own for each image.
  sharp.concurrency(1);
  sharp.cache(false);
  shareDecodingBudget(setup.budget);
  filler = new BatchFiller(setup, await openDrawer(setup.origin!, setup.recipe));
  filler.stopped = stopped;
}

async function fill(request: FillRequest): Promise<void> {
  const damaged = await filler?.fill(request);
  if (damaged !== undefined) scope.postMessage({ type: "filled", step: request.step, damaged });
}

function stop(): void {
  scope.postMessage({ type: "stopped" });
  scope.close();
}

function fail(error: unknown): void {
  filler = undefined;
  scope.postMessage({
    type: "failed",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  });
}

scope.onmessage = ({ data }) => {
  if (data.type === "setup") queue = queue.then(() => open(data)).catch(fail);
  else if (data.type === "fill") queue = queue.then(() => fill(data)).catch(fail);
  else {
    stopped = true;
    if (filler !== undefined) filler.stopped = true;
    queue = queue.then(stop);
  }
};
