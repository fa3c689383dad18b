/**
 * A Worker that paints images of batches.
 *
 * @module
 */

import type { ImageOrigin } from "../../data/views/image_drawer.ts";
import { openReader, paintImage, type PaintRequest } from "./paint_image.ts";
import { servePainter } from "./painter_worker.ts";

servePainter<ImageOrigin, PaintRequest>(async (origin) => {
  const reader = await openReader(origin);
  return (image) => paintImage(reader, image);
});
