/**
 * A Worker that decodes images and draws their fixed views into shared memory.
 *
 * @module
 */

import sharp from "sharp";
import { drawFiles, type DrawingReport, type DrawnFile, type ViewDrawing } from "./draw_views.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ViewDrawing>) => void) | null;
  postMessage(message: DrawingReport): void;
}

const scope = globalThis as unknown as WorkerScope;
/** Files that are told of at once. */
const filesPerMessage = 16;

scope.onmessage = async ({ data }) => {
  sharp.cache(false);
  let files: DrawnFile[] = [];
  const tell = () => {
    scope.postMessage({ type: "files", files });
    files = [];
  };
  try {
    await drawFiles(data, (file) => {
      files.push(file);
      if (files.length >= filesPerMessage) tell();
    });
    tell();
    scope.postMessage({ type: "done" });
  } catch (error) {
    scope.postMessage({ type: "failed", message: String(error) });
  }
};
