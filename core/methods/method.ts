/**
 * What a pre-training method is: what it needs, its settings, and a loss over what networks make of
 * views, with state that it carries from step to step (a bank, a queue).
 *
 * @module
 */

import type { z } from "zod";
import type { ModuleContext } from "../nn/module_context.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { TextEncoder } from "../text/text_bank.ts";
import type { LossOutputs, MethodState } from "../train/loss.ts";

export type { LossOutputs, MethodState } from "../train/loss.ts";

/** What a method must be given. */
export interface MethodNeeds {
  /** "image+text": the teacher encodes texts too, and class names are given. */
  readonly teacher: "none" | "image" | "image+text";
  /** Whether it reads the labels of the images. */
  readonly labels: boolean;
  /** Views of each image in a step, 1 or more. */
  readonly views: number;
  /**
   * Images that the student or its momentum copy encodes for each image of a step, a mix counted as one.
   * @default {views}
   */
  readonly encodedViews?: number;
  /**
   * How many of the views, the last ones, are of a neighbour of the image instead: one of its nearest
   * by the teacher's embeddings. @default {0}
   */
  readonly neighbourViews?: number;
  /** Whether it encodes a mix of two views, see {@linkcode StepScope.encodeMixed}. @default {false} */
  readonly mixes?: boolean;
  /** Whether it encodes views with a momentum copy of the student. @default {false} */
  readonly momentumNetwork?: boolean;
  /** Whether it trains at all; without that the student keeps its initial weights. @default {true} */
  readonly trains?: boolean;
}

/** What a method sees of a teacher. */
export interface MethodTeacher {
  readonly name: string;
  /** Length D of its embeddings. */
  readonly dimension: number;
  /** Embeds texts as unit vectors, [n, D]; absent where it has no text encoder. */
  readonly encodeText?: TextEncoder;
  /** Words of a text of which the text encoder knows nothing. */
  readonly unknownWords?: (text: string) => Promise<readonly string[]>;
}

/** Class names and prompts. */
export interface MethodText {
  readonly classNames: readonly string[];
  /** Prompts with `{}` for the name. */
  readonly templates: readonly string[];
  /** Where the names are from, for messages. */
  readonly source?: string;
}

/** What a method is made ready with for one training. */
export interface MethodContext<S = unknown> {
  readonly settings: S;
  /** Seed of the training. */
  readonly seed: number;
  /** Images of the whole batch, also where replicas split it. */
  readonly batchSize: number;
  /** Parts of the batch that are trained side by side, each on its own. @default {1} */
  readonly replicas?: number;
  /** Steps of an epoch as planned; images that cannot be read may make it fewer. */
  readonly stepsPerEpoch: number;
  /** Number of classes of the labels. */
  readonly classes: number;
  /** The teacher; null for methods without one. */
  readonly teacher: MethodTeacher | null;
  /** Class names; null for methods without a text encoder. */
  readonly text: MethodText | null;
  readonly onWarning: (message: string) => void;
}

/** The last layer of a student. */
export interface Head {
  /** An embedding of unit length, by an MLP, or the logits of one linear layer. */
  readonly output: "embedding" | "logits";
  /** Its length D. */
  readonly dimension: number;
  /**
   * Whether an embedding is of the teacher's space, where it can be compared with its texts, or of one
   * of the method's own: that layer is left out of the student when it is trained, as MoCo does.
   * @default {"teacher"}
   */
  readonly space?: "teacher" | "own";
}

/**
 * Order of the images in an epoch: indices below `count`, as many whole batches as there are; a pure
 * function of its options, so that a resumed run gets the same.
 */
export type BatchSampler = (
  options: { count: number; batchSize: number; seed: number; epoch: number },
) => Uint32Array;

/** The networks of a training step. */
export type NetworkName = "student" | "momentum";

/** What the student makes of mixed images. */
export interface MixedOutput {
  /** Unit vectors or logits, [B, D]. */
  readonly output: Value;
  /** Share of the images that is of the first view, a scalar from 0 to 1. */
  readonly share: Value;
}

/**
 * What a method's step is built in. Everything is of one replica where the batch is split, except
 * {@linkcode StepScope.teacherBatch}: next states must be the same in all replicas, so they may depend
 * on that and on the state alone.
 */
export interface StepScope {
  readonly graph: Graph;
  /** For layers of the method's own; their names must not be the student's. */
  readonly context: ModuleContext;
  /**
   * What a network makes of a view: unit vectors [B, D], or logits [B, D]. No gradient flows into the
   * momentum network, see {@linkcode ModuleContext.momentumCopy}; the student must have encoded a
   * view before it.
   *
   * @param view From 0.
   * @param network @default {"student"}
   */
  encode(view: number, network?: NetworkName): Value;
  /**
   * What the student makes of a CutMix of two views (arXiv 1905.04899): the first with a rectangle of
   * the second in it, the same for all images of a step.
   */
  encodeMixed(first: number, second: number): MixedOutput;
  /** Teacher's embeddings of a view, unit vectors [B, D], D the teacher's dimension. */
  teacher(view: number): Value;
  /** The same of the whole batch; the same value as `teacher` without replicas. */
  teacherBatch(view: number): Value;
  /** Labels as whole numbers, [B]. */
  labels(): Value;
  /** The method's state before this step, by name. */
  readonly state: Readonly<Record<string, Value>>;
}

/** A method that is ready for one training. */
export interface PreparedMethod {
  /** The student's last layer. */
  readonly head: Head;
  /** Order of the images; shuffled where absent. */
  readonly sampler?: BatchSampler;
  /** Nearest images of an image that its neighbour is drawn from; there must be some where it has views. */
  readonly neighbours?: number;
  /** Momentum m of the momentum network, 0 to 1; there must be one where it is used. */
  readonly networkMomentum?: number;
  /** The state before the first step. */
  initialState(): MethodState;
  /** Adds the loss to a training graph. */
  step(scope: StepScope): LossOutputs;
}

/** A pre-training method. */
export interface Method<S = unknown> {
  readonly name: string;
  /** Raised when the code changes what the same settings give. */
  readonly version: number;
  /** Name in listings. */
  readonly title: string;
  /** Its settings: all with defaults and descriptions; keys of `methods.<name>` in recipes. */
  readonly settings: z.ZodType<S>;
  readonly needs: MethodNeeds;
  /**
   * Makes it ready for one training.
   *
   * @throws {ConfigError} when settings or what it is given do not fit.
   */
  prepare(context: MethodContext<S>): Promise<PreparedMethod>;
}
