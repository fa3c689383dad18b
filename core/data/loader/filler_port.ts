/**
 * Those who fill batches, as a loader sees them: a worker, or its own thread.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { ImageDrawer } from "../views/image_drawer.ts";
import { BatchFiller } from "./batch_filler.ts";
import type {
  FilledReport,
  FillerSetup,
  FillRequest,
  LoaderReport,
  LoaderRequest,
} from "./messages.ts";

/** How long a worker may take to finish the image at hand when the loader is stopped. */
const stopMilliseconds = 5000;

/** Told what becomes of requests. */
export interface PortEvents {
  filled(report: FilledReport): void;
  failed(error: Error): void;
}

/** One who fills places of batches, request by request. */
export interface FillerPort {
  fill(request: FillRequest): void;
  /** Ends after the image at hand. */
  stop(): Promise<void>;
}

/** Starts a worker. */
export function startWorkerPort(name: string, setup: FillerSetup, events: PortEvents): FillerPort {
  const worker = new Worker(new URL("./loader_worker.ts", import.meta.url), {
    type: "module",
    name,
  });
  const stopped = Promise.withResolvers<void>();
  const send = (request: LoaderRequest) => worker.postMessage(request);
  worker.onmessage = ({ data }: MessageEvent<LoaderReport>) => {
    if (data.type === "filled") events.filled(data);
    else if (data.type === "stopped") stopped.resolve();
    else events.failed(new DataError(`A worker of the image loader has failed: ${data.message}`));
  };
  const crash = (message: string) => {
    stopped.resolve();
    events.failed(new DataError(`A worker of the image loader has died: ${message}`));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    crash(event.message);
  };
  worker.onmessageerror = () => crash("a message could not be read");
  send(setup);
  return {
    fill: send,
    async stop() {
      // A worker in the middle of an image must not be cut off: the decoder runs in a thread of its
      // own and would write into freed memory.
      send({ type: "stop" });
      const timer = setTimeout(stopped.resolve, stopMilliseconds);
      await stopped.promise;
      clearTimeout(timer);
      worker.terminate();
    },
  };
}

/** Fills in this thread: for data sets that no worker can open. */
export function threadPort(
  setup: FillerSetup,
  drawer: Promise<ImageDrawer>,
  events: PortEvents,
): FillerPort {
  let filler: BatchFiller | undefined;
  let stopped = false;
  let queue = drawer.then((own) => {
    filler = new BatchFiller(setup, own);
  }).catch((error: Error) => events.failed(error));
  return {
    fill(request) {
      queue = queue.then(async () => {
        if (stopped) return;
        const damaged = await filler?.fill(request);
        if (damaged !== undefined) events.filled({ type: "filled", step: request.step, damaged });
      }).catch((error: Error) => events.failed(error));
    },
    async stop() {
      stopped = true;
      if (filler !== undefined) filler.stopped = true;
      await queue;
    },
  };
}
