/**
 * A Worker that decodes images and draws their fixed views into shared memory.
 *
 * @module
 */

import sharp from "sharp";
import { drawImages, type DrawingReport, type DrawnImage, type ViewDrawing } from "./draw_views.ts";
import { openDrawer } from "./image_drawer.ts";

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ViewDrawing>) => void) | null;
  postMessage(message: DrawingReport): void;
}

const scope = globalThis as unknown as WorkerScope;
/** Images that are told of at once. */
const imagesPerMessage = 16;

scope.onmessage = async ({ data }) => {
  sharp.cache(false);
  let images: DrawnImage[] = [];
  const tell = () => {
    scope.postMessage({ type: "images", images });
    images = [];
  };
  try {
    await drawImages(data, await openDrawer(data.origin!, data.recipe), (image) => {
      images.push(image);
      if (images.length >= imagesPerMessage) tell();
    });
    tell();
    scope.postMessage({ type: "done" });
  } catch (error) {
    scope.postMessage({ type: "failed", message: String(error) });
  }
};
