/**
 * A Worker that paints crops of batches.
 *
 * @module
 */

import { type CropOrigin, type CropRequest, openCropPainter } from "./paint_crop.ts";
import { servePainter } from "./painter_worker.ts";

servePainter<CropOrigin, CropRequest>(openCropPainter);
