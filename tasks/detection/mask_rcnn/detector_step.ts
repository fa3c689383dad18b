/**
 * A training step of Mask R-CNN: three graphs, and the work of the host between them.
 *
 *     images ─ trunk, early part ─┬─ levels, objectness, boxes of anchors; losses of the anchors
 *                                 │     host: proposals, sampled regions, RoIAlign
 *                                 ├─ box head, mask head: losses, gradients of the pooled features
 *                                 │     host: RoIAlign backwards
 *     gradients ─ trunk, late part ┘
 *
 * @module
 */

import { floatTensor, type HostTensor } from "../../../core/engine/session.ts";
import { releaseTensors } from "../../../core/engine/release_tensors.ts";
import { SessionPool } from "../../../core/engine/session_pool.ts";
import type { Layout } from "../../../core/nn/layout.ts";
import type { Graph } from "../../../core/onnx/graph.ts";
import { peakTensorBytes } from "../../../core/onnx/memory.ts";
import type { CutGraph } from "../../../core/onnx/passes/cut_graph.ts";
import type { Optimizer } from "../../../core/optim/optimizer.ts";
import { RandomStream } from "../../../core/random.ts";
import type { Feeds } from "../../../core/train/batch_source.ts";
import type { ParameterGroups } from "../../../core/train/parameter_groups.ts";
import {
  type JoinedStages,
  joinStages,
  type StagedTrainingStep,
  type StepOutputs,
  type StepPlace,
} from "../../../core/train/staged_step.ts";
import { buildTrainingGraph, traceTrainingGraph } from "../../../core/train/training_graph.ts";
import { type RegionsOfInterest, RoiAligner } from "../../../core/vision/roi_align.ts";
import { anchorFeeds, type SampledAnchors } from "./anchor_feeds.ts";
import { type Chunk, chunksOf, usualChunks } from "./chunks.ts";
import { readFeeds, type TrainingBatch } from "./feeds.ts";
import { boxGraphOptions, maskGraphOptions } from "./head_stages.ts";
import { type LevelGrids, levelGrids } from "./level_grids.ts";
import { detectorGroups } from "./parameter_roles.ts";
import {
  partOfRegions,
  placeRegions,
  type PoolingSettings,
  takeRegions,
} from "./pooled_regions.ts";
import { boxFeeds, maskFeeds, type SampledRegions } from "./region_feeds.ts";
import { boxSide, type DetectorSpec, maskPoolSide, validateSpec } from "./spec.ts";
import { type BatchShape, buildTrunkStage, trunkGraphOptions, trunkNames } from "./trunk_stage.ts";

/** Draws what a step trains on: what depends on the truth and on random numbers. */
export interface TargetSource {
  /** Samples anchors of an image. */
  anchors(
    batch: TrainingBatch,
    image: number,
    anchors: Float32Array,
    random: RandomStream,
  ): SampledAnchors;
  /** Makes proposals of what the trunk says, and samples regions of all images. */
  regions(
    batch: TrainingBatch,
    trunk: {
      /** [B, A]. */
      readonly objectness: Float32Array;
      /** [B, A, 4]. */
      readonly deltas: Float32Array;
      readonly grids: LevelGrids;
    },
    random: (image: number) => RandomStream,
  ): SampledRegions;
}

/** What a training step is made of besides the detector. */
export interface DetectorStepOptions {
  readonly optimizer: Optimizer;
  /** Groups of parameters; what the detector freezes is frozen in any case. */
  readonly groups?: ParameterGroups | undefined;
  readonly targets: TargetSource;
  /** Anchors that are sampled of an image, at most, and how many of them may hold objects. */
  readonly anchors: { readonly samples: number; readonly positives: number };
  readonly pooling: PoolingSettings;
  /** Of both box losses; 0 for L1. */
  readonly smoothL1Beta: number;
  /** The largest padded shape that comes, for the estimate of memory. */
  readonly largest: BatchShape;
  /** @default {"chwn"} */
  readonly layout?: Layout | undefined;
  readonly channelBlock?: number | undefined;
  /** Bytes that the tensors of all sessions may take. @default {twice what the largest shape needs} */
  readonly memoryBytes?: number | undefined;
  /** Boxes of a run of the box head, and of the mask head. @default {those of usualChunks} */
  readonly chunks?: { readonly box: number; readonly mask: number } | undefined;
  /** Told how long each part of a step took, milliseconds. */
  readonly onTime?: ((part: string, milliseconds: number) => void) | undefined;
}

type StageName = "trunk" | "box" | "mask";

/** How the graphs of a detector are built. */
class DetectorGraphs {
  readonly #spec: DetectorSpec;
  readonly #options: DetectorStepOptions;
  readonly #groups: ParameterGroups;

  constructor(spec: DetectorSpec, options: DetectorStepOptions) {
    this.#spec = spec;
    this.#options = options;
    this.#groups = detectorGroups(spec, options.groups);
  }

  /** Room for the sampled anchors of a batch. */
  room(batch: number): { samples: number; positives: number } {
    const { samples, positives } = this.#options.anchors;
    return { samples: batch * samples, positives: batch * positives };
  }

  #trunkOptions({ batch, height, width }: BatchShape) {
    const { layout = "chwn", smoothL1Beta, channelBlock } = this.#options;
    const groups = this.#groups;
    const shape = { batch, height, width };
    return { ...shape, layout, smoothL1Beta, channelBlock, groups, ...this.room(batch) };
  }

  trunk(shape: BatchShape): CutGraph {
    return buildTrunkStage(this.#spec, this.#trunkOptions(shape));
  }

  head(head: "box" | "mask", rows: number): Graph {
    const { smoothL1Beta, channelBlock } = this.#options;
    const options = { rows, channelBlock, groups: this.#groups };
    return buildTrainingGraph(
      head === "box"
        ? boxGraphOptions(this.#spec, { ...options, smoothL1Beta })
        : maskGraphOptions(this.#spec, options),
    ).graph;
  }

  declare(optimizer: Optimizer): JoinedStages<StageName> {
    const { smoothL1Beta, largest } = this.#options;
    const options = { rows: 1, groups: this.#groups };
    return joinStages("Mask R-CNN", optimizer, {
      trunk: traceTrainingGraph(trunkGraphOptions(this.#spec, this.#trunkOptions(largest))),
      box: traceTrainingGraph(boxGraphOptions(this.#spec, { ...options, smoothL1Beta })),
      mask: traceTrainingGraph(maskGraphOptions(this.#spec, options)),
    });
  }
}

/** Runs steps. */
class DetectorRunner {
  readonly #spec: DetectorSpec;
  readonly #options: DetectorStepOptions;
  readonly #graphs: DetectorGraphs;
  readonly #joined: JoinedStages<StageName>;
  readonly #pool: SessionPool;
  readonly #aligner: RoiAligner;
  readonly #grids = new Map<string, LevelGrids>();
  /** What the trunk's late part reads of the early one, by shape. */
  readonly #crossing = new Map<string, ReadonlySet<string>>();

  constructor(
    spec: DetectorSpec,
    options: DetectorStepOptions,
    { graphs, joined, pool }: {
      graphs: DetectorGraphs;
      joined: JoinedStages<StageName>;
      pool: SessionPool;
    },
  ) {
    this.#spec = spec;
    this.#options = options;
    this.#graphs = graphs;
    this.#joined = joined;
    this.#pool = pool;
    const { samplingRatio, aligned } = options.pooling;
    this.#aligner = new RoiAligner({ samplingRatio, aligned, layout: options.layout ?? "chwn" });
  }

  async #time<T>(part: string, work: () => T | Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#options.onTime?.(part, performance.now() - started);
    return result;
  }

  #gridsOf({ height, width }: TrainingBatch): LevelGrids {
    const key = `${height}×${width}`;
    let grids = this.#grids.get(key);
    if (!grids) this.#grids.set(key, grids = levelGrids(this.#spec, { height, width }));
    return grids;
  }

  /** Runs a head over regions, piece by piece; returns the gradients of the pooled features. */
  async #runHead(
    head: "box" | "mask",
    outputs: StepOutputs<StageName>,
    feeds: Feeds,
    { pooled, count, feedsOf }: {
      /** Pooled features of a chunk. */
      readonly pooled: (chunk: Chunk) => HostTensor;
      readonly count: number;
      readonly feedsOf: (chunk: Chunk, features: HostTensor) => Record<string, HostTensor>;
    },
  ): Promise<{ chunk: Chunk; gradient: Float32Array }[]> {
    const { chunks = usualChunks(this.#spec) } = this.#options;
    const gradients: { chunk: Chunk; gradient: Float32Array }[] = [];
    for (const chunk of chunksOf(count, chunks[head])) {
      const features = await this.#time("pool regions", () => pooled(chunk));
      const session = await this.#pool.get(
        `${head} ${chunk.rows}`,
        () => this.#graphs.head(head, chunk.rows),
      );
      const own = await this.#time(
        `${head} head`,
        () => session.run({ ...feeds, ...feedsOf(chunk, features) }),
      );
      const { "gradient of/features": gradient, ...spare } = outputs.add(head, own);
      releaseTensors([features, ...Object.values(spare)]);
      gradients.push({ chunk, gradient: gradient!.data as Float32Array });
    }
    return gradients;
  }

  async run(feeds: Feeds, { seed, step }: StepPlace): Promise<Record<string, HostTensor>> {
    const { targets } = this.#options;
    const batch = readFeeds(feeds);
    const grids = this.#gridsOf(batch);
    const shape = { batch: batch.batch, height: batch.height, width: batch.width };
    const key = Object.values(shape).join("×");
    let cut: CutGraph | undefined;
    const trunk = () => {
      cut ??= this.#graphs.trunk(shape);
      this.#crossing.set(key, new Set(cut.crossing.map(({ name }) => name)));
      return cut;
    };
    const early = await this.#pool.get(`trunk, early part ${key}`, () => trunk().early);

    const sampled = await this.#time(
      "sample anchors",
      () =>
        batch.truth.map((_, image) =>
          targets.anchors(
            batch,
            image,
            grids.anchors,
            new RandomStream(seed, "anchors", step, image),
          )
        ),
    );
    const outputs = this.#joined.gather(feeds);
    const trunkFeeds = this.#joined.feedsOf("trunk", feeds);
    const forward = await this.#time("trunk forward", () =>
      early.run({
        ...trunkFeeds,
        ...anchorFeeds(sampled, grids.anchors.length / 4, this.#graphs.room(batch.batch)),
      }));
    const spare = outputs.add("trunk", forward);
    const floats = (name: string) => forward[name]!.data as Float32Array;
    const regions = await this.#time("propose and sample regions", () =>
      targets.regions(batch, {
        objectness: floats(trunkNames.objectness),
        deltas: floats(trunkNames.deltas),
        grids,
      }, (image) => new RandomStream(seed, "regions", step, image)));

    const gradients = await this.#pooledGradients(regions, grids, {
      batch,
      feeds,
      forward,
      outputs,
      crossing: this.#crossing.get(key)!,
    });
    // Asked for when it is needed: the pool may release what does not run.
    const late = await this.#pool.get(`trunk, late part ${key}`, () => trunk().late);
    const backward = await this.#time(
      "trunk backward",
      () => late.run({ ...trunkFeeds, ...forward, ...gradients }),
    );
    outputs.add("trunk", backward);
    releaseTensors([...Object.values(spare), ...Object.values(gradients)]);
    return outputs.finish();
  }

  /** Runs the heads; gives the gradients of the levels. */
  async #pooledGradients(
    regions: SampledRegions,
    { grids, strides }: LevelGrids,
    { batch: { batch }, feeds, forward, outputs, crossing }: {
      readonly batch: TrainingBatch;
      readonly feeds: Feeds;
      readonly forward: Readonly<Record<string, HostTensor>>;
      readonly outputs: StepOutputs<StageName>;
      readonly crossing: ReadonlySet<string>;
    },
  ): Promise<Record<string, HostTensor>> {
    const aligner = this.#aligner;
    const { channels, classes } = this.#spec;
    await this.#time("pool regions", () =>
      aligner.setFeatures(strides.map((stride, level) => ({
        data: forward[trunkNames.level(level)]!.data as Float32Array,
        shape: [batch, channels, grids[level]!.height, grids[level]!.width],
        scale: 1 / stride,
      }))));
    // The aligner has a copy.
    releaseTensors(
      strides.flatMap((_, level) => {
        const name = trunkNames.level(level);
        return crossing.has(name) ? [] : forward[name]!;
      }),
    );
    const all = placeRegions(regions, strides, this.#options.pooling);
    const positives = takeRegions(all, regions.positives);
    const pool = (from: RegionsOfInterest, { begin, end, rows }: Chunk, side: number) => {
      const length = channels * side ** 2;
      return aligner.forward(
        partOfRegions(from, begin, end),
        side,
        new Float32Array(rows * length),
      );
    };
    const boxes = await this.#runHead("box", outputs, feeds, {
      count: regions.labels.length,
      pooled: (chunk) =>
        floatTensor(pool(all, chunk, boxSide), [chunk.rows, channels * boxSide ** 2]),
      feedsOf: (chunk, features) => boxFeeds(regions, chunk, features, classes),
    });
    const masks = await this.#runHead("mask", outputs, feeds, {
      count: regions.positives.length,
      pooled: (chunk) =>
        floatTensor(pool(positives, chunk, maskPoolSide), [
          chunk.rows,
          channels,
          maskPoolSide,
          maskPoolSide,
        ]),
      feedsOf: (chunk, features) => maskFeeds(regions, chunk, features),
    });
    return await this.#time("pool regions backward", () => {
      for (const { chunk: { begin, end }, gradient } of boxes) {
        aligner.backward(gradient, partOfRegions(all, begin, end), boxSide);
        releaseTensors([floatTensor(gradient, [])]);
      }
      for (const { chunk: { begin, end }, gradient } of masks) {
        aligner.backward(gradient, partOfRegions(positives, begin, end), maskPoolSide);
        releaseTensors([floatTensor(gradient, [])]);
      }
      return Object.fromEntries(
        aligner.gradients().map((gradient, level) => [
          trunkNames.levelGradient(level),
          floatTensor(gradient, forward[trunkNames.level(level)]!.shape),
        ]),
      );
    });
  }
}

/**
 * Builds the training step of a detector, for batches of every padded shape. Feeds are those of
 * `detectionFeeds`. Parts of the loss: `objectness`, `rpn_box`, `classifier`, `box`, `mask`.
 *
 * @throws {ConfigError} for a detector that cannot be built.
 */
export function buildDetectorStep(
  spec: DetectorSpec,
  options: DetectorStepOptions,
): StagedTrainingStep {
  validateSpec(spec);
  levelGrids(spec, options.largest);
  const graphs = new DetectorGraphs(spec, options);
  const joined = graphs.declare(options.optimizer);
  const { chunks = usualChunks(spec) } = options;
  const trunk = graphs.trunk(options.largest);
  const peakBytes = [
    trunk.early,
    trunk.late,
    graphs.head("box", chunks.box),
    graphs.head("mask", chunks.mask),
  ].reduce((total, graph) => total + peakTensorBytes(graph), 0);
  return {
    ...joined,
    peakBytes,
    open(session) {
      const pool = new SessionPool({ session, memoryBytes: options.memoryBytes ?? 2 * peakBytes });
      const runner = new DetectorRunner(spec, options, { graphs, joined, pool });
      return Promise.resolve({
        run: (feeds, place) => runner.run(feeds, place),
        release: () => pool.release(),
      });
    },
  };
}
