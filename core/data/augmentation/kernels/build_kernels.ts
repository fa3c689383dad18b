/**
 * Compiles the parts `*.as` to image_kernels.wasm:
 *
 *     deno run -A core/data/augmentation/kernels/build_kernels.ts
 *
 * @module
 */

import { compileKernels, type KernelModule } from "../../../compile_kernels.ts";

/** The kernels of augmentation. */
export const imageKernels: KernelModule = {
  folder: import.meta.dirname!,
  name: "image_kernels",
  parts: ["lanes", "resample", "colour", "hue", "blur"],
};

if (import.meta.main) await compileKernels(imageKernels);
