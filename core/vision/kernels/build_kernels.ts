/**
 * Compiles the parts `*.as` to the WebAssembly modules of this folder:
 *
 *     deno run -A core/vision/kernels/build_kernels.ts
 *
 * @module
 */

import { compileKernels, type KernelModule } from "../../compile_kernels.ts";

const folder = import.meta.dirname!;

/** The kernels of pooling, and those of boxes: each module has a memory of its own. */
export const visionKernels: readonly KernelModule[] = [
  { folder, name: "roi_kernels", parts: ["transpose", "axis", "roi_align"] },
  { folder, name: "box_kernels", parts: ["boxes", "axis", "mask_target"] },
];

if (import.meta.main) { for (const kernels of visionKernels) await compileKernels(kernels); }
