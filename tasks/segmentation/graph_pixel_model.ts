/**
 * A model of pixels that is a graph for each size of images.
 *
 * @module
 */

import type { HostTensor, Session } from "../../core/engine/session.ts";
import { SessionPool } from "../../core/engine/session_pool.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { cast } from "../../core/onnx/build.ts";
import type { Graph, Value } from "../../core/onnx/graph.ts";
import type { LogitMap, PixelModel } from "./pixel_classifier.ts";

/** How the sessions of a model run. */
export interface PixelSessionOptions {
  /** @default {1} */
  readonly threads?: number;
  /** Bytes that the tensors of all sessions may take; the one that runs is kept in any case. @default {2 ** 29} */
  readonly memoryBytes?: number;
}

/**
 * What a graph of pixels gives: `pixels` are `logits` and `classes` at the size of the image, `map` is `map`,
 * the logits before they are brought there.
 */
export type PixelOutput = "pixels" | "map";

/** Logits of an image's pixels in a graph. */
export interface PixelLogits {
  /** Before they are brought to the size of the image, [rows, columns, classes]. */
  readonly map: Value;
  /** Brings them there, [H · W, classes]. */
  enlarge(): Value;
}

/** Declares what {@linkcode graphPixelModel} reads. */
export function outputPixels(graph: Graph, logits: PixelLogits, output: PixelOutput): void {
  if (output === "map") {
    graph.output("map", logits.map);
    return;
  }
  const pixels = logits.enlarge();
  graph.output("logits", pixels);
  graph.output("classes", cast(graph, graph.node("ArgMax", [pixels], { axis: 1 }), "uint8"));
}

/**
 * A model whose graphs are built as sizes come, kept within a bound of memory.
 *
 * @param kind.build Makes the graph for one image: input `images` uint8 [1, 3, H, W], outputs as
 * {@linkcode outputPixels} declares them.
 */
export function graphPixelModel(
  { classes, alignCorners, build }: Pick<PixelModel, "classes" | "alignCorners"> & {
    readonly build: (size: MapDimensions, output: PixelOutput) => Graph;
  },
  { threads = 1, memoryBytes = 2 ** 29 }: PixelSessionOptions = {},
): PixelModel {
  const pool = new SessionPool({ session: { threads }, memoryBytes });
  const run = async (
    planes: Uint8Array,
    { height, width }: MapDimensions,
    fetch: "logits" | "classes" | "map",
  ): Promise<HostTensor> => {
    const output = fetch === "map" ? "map" : "pixels";
    const session: Session = await pool.get(
      `${output} ${height}×${width}`,
      () => build({ height, width }, output),
    );
    const images = { dtype: "uint8" as const, shape: [1, 3, height, width], data: planes };
    return (await session.run({ images }, [fetch]))[fetch]!;
  };
  return {
    classes,
    alignCorners,
    logits: async (planes, size) => (await run(planes, size, "logits")).data as Float32Array,
    map: async (planes, size): Promise<LogitMap> => {
      const { shape: [height, width], data } = await run(planes, size, "map");
      return { height: height!, width: width!, rows: data as Float32Array };
    },
    classesOf: async (planes, size) => (await run(planes, size, "classes")).data as Uint8Array,
    release: () => pool.release(),
  };
}
