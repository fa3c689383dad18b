/**
 * A trained detector that finds objects.
 *
 * @module
 */

import { floatTensor, type HostTensor, type Session } from "../../../core/engine/session.ts";
import { SessionPool } from "../../../core/engine/session_pool.ts";
import type { Layout } from "../../../core/nn/layout.ts";
import type { NamedTensors } from "../../../core/nn/parameters.ts";
import type { Graph } from "../../../core/onnx/graph.ts";
import type { DetectionBatch } from "../../../core/vision/detection_batch.ts";
import type { Detections } from "../../../core/vision/detections.ts";
import { type RegionsOfInterest, RoiAligner } from "../../../core/vision/roi_align.ts";
import {
  type DetectionSettings,
  selectBoxes,
  type SelectedBoxes,
  selectObjects,
  toDetections,
} from "../postprocess.ts";
import { type ProposalSettings, proposeBoxes } from "../proposals.ts";
import { chunksOf } from "./chunks.ts";
import { detectorInference, type DetectorInferenceGraphs } from "./detector_graphs.ts";
import { sizesTensor } from "./feeds.ts";
import { type JoinedSelection, joinSelections, splitDetections } from "./joined_selection.ts";
import { type LevelGrids, levelGrids } from "./level_grids.ts";
import { partOfRegions, placeRegions, type PoolingSettings } from "./pooled_regions.ts";
import { boxSide, type DetectorSpec, maskPoolSide, maskSide, validateSpec } from "./spec.ts";
import { trunkNames } from "./trunk_stage.ts";

/** How a detector finds. */
export interface InferenceSettings {
  readonly proposals: ProposalSettings;
  readonly pooling: PoolingSettings;
  readonly detections: DetectionSettings;
}

/** How a detector runs. */
export interface DetectorOptions {
  readonly inference: InferenceSettings;
  /** Whether class-agnostic detections are made too. @default {false} */
  readonly classAgnostic?: boolean;
  /** @default {1} */
  readonly threads?: number;
  /** Bytes that the tensors of all sessions may take. @default {1.5e9} */
  readonly memoryBytes?: number;
  /** @default {"chwn"} */
  readonly layout?: Layout;
}

/** Boxes of a run of the box head, and of the mask head. */
const boxRows = 512, maskRows = 32;

/** Regions of several images, and how many each has. */
interface ImageRegions {
  readonly regions: RegionsOfInterest;
  readonly begins: readonly number[];
}

/** A detector with its weights. Release it when it is no longer needed. */
export class Detector {
  readonly #spec: DetectorSpec;
  readonly #options: DetectorOptions;
  readonly #graphs: DetectorInferenceGraphs;
  readonly #pool: SessionPool;
  readonly #aligner: RoiAligner;
  readonly #grids = new Map<string, LevelGrids>();

  /** @throws {ConfigError} for a detector that cannot be built. */
  constructor(spec: DetectorSpec, weights: NamedTensors, options: DetectorOptions) {
    validateSpec(spec);
    const { threads = 1, memoryBytes = 1.5e9, layout = "chwn", inference } = options;
    this.#spec = spec;
    this.#options = options;
    this.#graphs = detectorInference(spec, weights, layout);
    this.#pool = new SessionPool({ session: { threads }, memoryBytes });
    const { samplingRatio, aligned } = inference.pooling;
    this.#aligner = new RoiAligner({ samplingRatio, aligned, layout });
  }

  /**
   * Finds objects.
   *
   * @returns For every image of the batch its detections in pixels of the original image; none where a
   * place of the batch is empty.
   * @throws {DataError} when a weight is missing or of a wrong shape.
   */
  async detect(batch: DetectionBatch): Promise<Detections[]> {
    const [detections] = await this.detectIn(batch, [batch.originals]);
    return detections!;
  }

  /**
   * Finds objects once, and tells them in pixels of images of several sizes: of a picture as it was
   * decoded and as its file has it.
   *
   * @param sizes Sizes of all images of the batch, in the place of `batch.originals`, any number of times.
   * @returns For each of them what {@linkcode Detector.detect} returns.
   * @throws {DataError} when a weight is missing or of a wrong shape.
   */
  async detectIn(
    batch: DetectionBatch,
    sizes: readonly DetectionBatch["originals"][],
  ): Promise<Detections[][]> {
    const { selected, masks } = await this.#find(batch);
    return sizes.map((originals) =>
      selected.map((own, image) =>
        splitDetections(
          toDetections(own.boxes, masks[image]!, batch.sizes[image]!, originals[image]!, maskSide),
          own,
        )
      )
    );
  }

  /** Boxes and mask probabilities of each image, in pixels of the batch. */
  async #find(
    batch: DetectionBatch,
  ): Promise<{ selected: readonly JoinedSelection[]; masks: readonly Float32Array[] }> {
    const { height, width, sizes, images, sampleIndices } = batch;
    const grids = this.#gridsOf(height, width);
    const shape = { batch: sizes.length, height, width };
    const trunk = await this.#pool.get(
      `trunk ${Object.values(shape).join("×")}`,
      () => this.#graphs.trunk(shape),
    );
    const outputs = await trunk.run({
      images: { dtype: "uint8", shape: [shape.batch, 3, height, width], data: images },
      sizes: sizesTensor(sizes),
    });
    const present = sizes.map((_, image) => sampleIndices[image] !== -1);
    const proposals = this.#propose(outputs, grids, batch, present);
    this.#aligner.setFeatures(grids.strides.map((stride, level) => ({
      data: outputs[trunkNames.level(level)]!.data as Float32Array,
      shape: [
        shape.batch,
        this.#spec.channels,
        grids.grids[level]!.height,
        grids.grids[level]!.width,
      ],
      scale: 1 / stride,
    })));
    const selected = await this.#selectBoxes(proposals, grids, sizes);
    return { selected, masks: await this.#masks(selected.map(({ boxes }) => boxes), grids) };
  }

  /** Frees the sessions. */
  async release(): Promise<void> {
    await this.#pool.release();
  }

  #gridsOf(height: number, width: number): LevelGrids {
    const key = `${height}×${width}`;
    let grids = this.#grids.get(key);
    if (!grids) this.#grids.set(key, grids = levelGrids(this.#spec, { height, width }));
    return grids;
  }

  #propose(
    outputs: Readonly<Record<string, HostTensor>>,
    { anchors, counts }: LevelGrids,
    { sizes }: DetectionBatch,
    present: readonly boolean[],
  ): Float32Array[] {
    const count = anchors.length / 4;
    const objectness = outputs[trunkNames.objectness]!.data as Float32Array;
    const deltas = outputs[trunkNames.deltas]!.data as Float32Array;
    return sizes.map((size, image) => {
      if (!present[image]) return new Float32Array(0);
      const scores = {
        objectness: objectness.subarray(image * count, (image + 1) * count),
        deltas: deltas.subarray(4 * image * count, 4 * (image + 1) * count),
      };
      return proposeBoxes(scores, anchors, counts, size, this.#options.inference.proposals);
    });
  }

  /** Boxes of all images as regions. */
  #regionsOf(boxes: readonly Float32Array[], { strides }: LevelGrids): ImageRegions {
    const begins = [0];
    for (const own of boxes) begins.push(begins.at(-1)! + own.length / 4);
    const all = new Float32Array(4 * begins.at(-1)!), images = new Uint32Array(begins.at(-1)!);
    boxes.forEach((own, image) => {
      all.set(own, 4 * begins[image]!);
      images.fill(image, begins[image], begins[image + 1]);
    });
    const { pooling } = this.#options.inference;
    return { regions: placeRegions({ boxes: all, images }, strides, pooling), begins };
  }

  /** Runs a head over regions, piece by piece, and joins an output. */
  async #runHead(
    head: "box" | "mask",
    regions: RegionsOfInterest,
    { side, rowShape, most, feeds = () => ({}), outputs }: {
      readonly side: number;
      readonly rowShape: readonly number[];
      readonly most: number;
      readonly feeds?: (begin: number, end: number, rows: number) => Record<string, HostTensor>;
      /** Numbers of a row of each output. */
      readonly outputs: Readonly<Record<string, number>>;
    },
  ): Promise<Record<string, Float32Array>> {
    const count = regions.levels.length;
    const joined = Object.fromEntries(
      Object.entries(outputs).map(([name, length]) => [name, new Float32Array(count * length)]),
    );
    const length = this.#spec.channels * side ** 2;
    for (const { begin, end, rows } of chunksOf(count, most)) {
      const build = (): Graph => this.#graphs[head](rows);
      const session: Session = await this.#pool.get(`${head} ${rows}`, build);
      const part = partOfRegions(regions, begin, end);
      const pooled = this.#aligner.forward(part, side, new Float32Array(rows * length));
      const results = await session.run({
        features: floatTensor(pooled, [rows, ...rowShape]),
        ...feeds(begin, end, rows),
      });
      for (const [name, own] of Object.entries(outputs)) {
        const data = results[name]!.data as Float32Array;
        joined[name]!.set(data.subarray(0, (end - begin) * own), begin * own);
      }
    }
    return joined;
  }

  async #selectBoxes(
    proposals: readonly Float32Array[],
    grids: LevelGrids,
    sizes: DetectionBatch["sizes"],
  ): Promise<JoinedSelection[]> {
    const { channels, classes } = this.#spec;
    const { regions, begins } = this.#regionsOf(proposals, grids);
    const columns = classes + 1;
    const { logits, deltas } = await this.#runHead("box", regions, {
      side: boxSide,
      rowShape: [channels * boxSide ** 2],
      most: boxRows,
      outputs: { logits: columns, deltas: 4 * columns },
    });
    return proposals.map((own, image) => {
      const [begin, end] = [begins[image]!, begins[image + 1]!];
      const predictions = {
        logits: logits!.subarray(begin * columns, end * columns),
        deltas: deltas!.subarray(4 * begin * columns, 4 * end * columns),
        classes,
      };
      const { classAgnostic = false, inference: { detections } } = this.#options;
      return joinSelections(
        selectBoxes(predictions, own, sizes[image]!, detections),
        classAgnostic ? selectObjects(predictions, own, sizes[image]!, detections) : undefined,
      );
    });
  }

  /** Mask probabilities of the detections of each image. */
  async #masks(selected: readonly SelectedBoxes[], grids: LevelGrids): Promise<Float32Array[]> {
    const { regions, begins } = this.#regionsOf(selected.map(({ boxes }) => boxes), grids);
    const labels = Uint32Array.from(selected.flatMap((own) => [...own.labels]));
    const pixels = maskSide ** 2;
    const { masks } = await this.#runHead("mask", regions, {
      side: maskPoolSide,
      rowShape: [this.#spec.channels, maskPoolSide, maskPoolSide],
      most: maskRows,
      outputs: { masks: pixels },
      feeds(begin, end, rows) {
        const data = new BigInt64Array(rows);
        labels.subarray(begin, end).forEach((label, row) => data[row] = BigInt(label + 1));
        return { labels: { dtype: "int64", shape: [rows], data } };
      },
    });
    return selected.map((_, image) =>
      masks!.subarray(begins[image]! * pixels, begins[image + 1]! * pixels)
    );
  }
}

/**
 * Opens a detector.
 *
 * @param weights Parameters and buffers by torchvision's names.
 * @throws {ConfigError} for a detector that cannot be built.
 */
export function openDetector(
  spec: DetectorSpec,
  weights: NamedTensors,
  options: DetectorOptions,
): Detector {
  return new Detector(spec, weights, options);
}
