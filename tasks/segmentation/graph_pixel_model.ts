/**
 * A model of pixels that is a graph for each size of images.
 *
 * @module
 */

import type { HostTensor } from "../../core/engine/session.ts";
import { SessionPool } from "../../core/engine/session_pool.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { cast } from "../../core/onnx/build.ts";
import type { Graph, Value } from "../../core/onnx/graph.ts";
import type { PixelModel } from "./pixel_classifier.ts";

/** How the sessions of a model run. */
export interface PixelSessionOptions {
  /** @default {1} */
  readonly threads?: number;
  /** Bytes that the tensors of all sessions may take. @default {1e9} */
  readonly memoryBytes?: number;
}

/**
 * Declares what {@linkcode graphPixelModel} reads: `logits` and `classes`, the largest of each pixel.
 *
 * @param logits [H · W · B, classes].
 */
export function outputPixels(graph: Graph, logits: Value): void {
  graph.output("logits", logits);
  graph.output("classes", cast(graph, graph.node("ArgMax", [logits], { axis: 1 }), "uint8"));
}

/**
 * A model whose graphs are built as sizes come, kept within a bound of memory.
 *
 * @param kind.build Makes the graph for one image: input `images` uint8 [1, 3, H, W], outputs as
 * {@linkcode outputPixels} declares them.
 */
export function graphPixelModel(
  { classes, alignCorners, build }: Pick<PixelModel, "classes" | "alignCorners"> & {
    readonly build: (size: MapDimensions) => Graph;
  },
  { threads = 1, memoryBytes = 1e9 }: PixelSessionOptions = {},
): PixelModel {
  const pool = new SessionPool({ session: { threads }, memoryBytes });
  const run = async (
    planes: Uint8Array,
    { height, width }: MapDimensions,
    output: "logits" | "classes",
  ): Promise<HostTensor["data"]> => {
    const session = await pool.get(`${height}×${width}`, () => build({ height, width }));
    const images = { dtype: "uint8" as const, shape: [1, 3, height, width], data: planes };
    return (await session.run({ images }, [output]))[output]!.data;
  };
  return {
    classes,
    alignCorners,
    logits: async (planes, size) => await run(planes, size, "logits") as Float32Array,
    classesOf: async (planes, size) => await run(planes, size, "classes") as Uint8Array,
    release: () => pool.release(),
  };
}
