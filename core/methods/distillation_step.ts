/**
 * The training step of a student: bytes in, embedding or logits, the method's loss.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { countKernels } from "../data/augmentation/random_convolution.ts";
import { imageBatchShape, type Layout } from "../nn/layout.ts";
import type { ModuleContext } from "../nn/module_context.ts";
import { convolutionsShape, convolveParts } from "../nn/random_convolution.ts";
import type { ChooseAlgorithm } from "../onnx/algorithm.ts";
import type { Value } from "../onnx/graph.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { mixInput, viewInput } from "../train/batch_source.ts";
import type { ParameterGroups } from "../train/parameter_groups.ts";
import { buildTrainingStep, type TrainingStep } from "../train/training_step.ts";
import { type Backbone, studentOutput } from "./backbone.ts";
import { cast, reduceMean, reshape, sub, where } from "../onnx/build.ts";
import type { MethodNeeds, MixedOutput, NetworkName, PreparedMethod, StepScope } from "./method.ts";

export { imageBatchShape } from "../nn/layout.ts";
export { type Backbone, studentOutput, traceBackbone } from "./backbone.ts";

/** Sizes of a student's training step. */
export interface DistillationStepOptions {
  readonly name: string;
  readonly batchSize: number;
  /**
   * Equal parts that the batch is split into. Where there is more than one, the step is that of one
   * part, with its own BatchNorm statistics. @default {1}
   */
  readonly replicas?: number;
  readonly imageSize: number;
  readonly backbone: Backbone;
  readonly method: PreparedMethod;
  /**
   * Length D of the teacher's embeddings. @default {the length of the method's embedding; there is none
   * for a method that puts out logits}
   */
  readonly teacherDimension?: number | undefined;
  /** What the method needs. @default {one view, no momentum network} */
  readonly needs?: Pick<MethodNeeds, "views" | "momentumNetwork" | "mixes">;
  /**
   * Whether the student's views go through random convolutions, which are inputs of the step: the
   * teacher's embeddings are of the views as they are. @default {false}
   */
  readonly randomConvolutions?: boolean;
  readonly optimizer: Optimizer;
  /** Group of each parameter; all alike where absent. */
  readonly groups?: ParameterGroups | undefined;
  /** @default {"chwn"} */
  readonly layout?: Layout;
  /** Chooses the algorithms of operations that have several; the rules where absent. */
  readonly chooseAlgorithm?: ChooseAlgorithm | undefined;
  /**
   * Channels in a block of the runtime's blocked layout on the machine that will run the step
   * (`channelBlock()`); that layout is not used where absent.
   */
  readonly channelBlock?: number | undefined;
}

/** The scope of one step: inputs and networks are added when they are first asked for. */
class DistillationScope implements StepScope {
  readonly graph: StepScope["graph"];
  readonly context: ModuleContext;
  readonly state: Readonly<Record<string, Value>>;
  readonly #options: DistillationStepOptions;
  readonly #values = new Map<string, Value>();
  /** How often each network has been applied. */
  readonly #applications: Record<NetworkName, number> = { student: 0, momentum: 0 };

  constructor(
    context: ModuleContext,
    state: Readonly<Record<string, Value>>,
    options: DistillationStepOptions,
  ) {
    this.graph = context.graph;
    this.context = context;
    this.state = state;
    this.#options = options;
  }

  #once(key: string, build: () => Value): Value {
    const known = this.#values.get(key);
    if (known) return known;
    const value = build();
    this.#values.set(key, value);
    return value;
  }

  /** @throws {ConfigError} for a view that there is not. */
  #assertView(view: number): void {
    const { name, needs } = this.#options, views = needs?.views ?? 1;
    if (!Number.isInteger(view) || view < 0 || view >= views) {
      throw new ConfigError(
        `Cannot build ${name}: expected a view from 0 to ${views - 1}, got ${view}; ` +
          "needs.views of the method says how many there are",
      );
    }
  }

  /** Images of one replica. */
  get #part(): number {
    return this.#options.batchSize / (this.#options.replicas ?? 1);
  }

  #images(view: number): Value {
    const { layout = "chwn", imageSize } = this.#options;
    const shape = imageBatchShape(layout, this.#part, imageSize);
    const name = viewInput("images", view);
    return this.#once(name, () => this.graph.input(name, "uint8", shape));
  }

  /** Changes what every network sees of a view. */
  #augment(view: number): ((images: Value) => Value) | undefined {
    const { layout = "chwn", randomConvolutions = false } = this.#options;
    if (!randomConvolutions) return undefined;
    const name = viewInput("convolutions", view);
    const shape = convolutionsShape(layout, countKernels(this.#part));
    const kernels = this.#once(name, () => this.graph.input(name, "float32", shape));
    return (images) => convolveParts(this.context, images, kernels);
  }

  #network(network: NetworkName): ModuleContext {
    const application = this.#applications[network]++;
    if (network === "student") return this.context.again(application);
    const { name, needs, method: { networkMomentum } } = this.#options;
    if (!needs?.momentumNetwork) {
      throw new ConfigError(
        `Cannot build ${name}: it encodes with a momentum network; ` +
          "set needs.momentumNetwork of the method",
      );
    }
    if (networkMomentum === undefined || !(networkMomentum >= 0 && networkMomentum <= 1)) {
      throw new ConfigError(
        `Cannot build ${name}: networkMomentum of a method with a momentum network: ` +
          `expected a number from 0 to 1, got ${networkMomentum}`,
      );
    }
    return this.context.momentumCopy(networkMomentum).again(application);
  }

  encode(view: number, network: NetworkName = "student"): Value {
    this.#assertView(view);
    const { backbone, method: { head } } = this.#options;
    return this.#once(
      `encode ${network} ${view}`,
      () =>
        studentOutput(
          this.#network(network),
          backbone,
          this.#images(view),
          head,
          this.#augment(view),
        ).output,
    );
  }

  encodeMixed(first: number, second: number): MixedOutput {
    this.#assertView(first);
    this.#assertView(second);
    const { name, needs, layout = "chwn", imageSize, backbone, method: { head } } = this.#options;
    if (!needs?.mixes) {
      throw new ConfigError(
        `Cannot build ${name}: it encodes mixed images; set needs.mixes of the method`,
      );
    }
    const { graph } = this;
    const mask = this.#once(
      mixInput,
      () => graph.input(mixInput, "uint8", [imageSize, imageSize]),
    );
    const output = this.#once(`mixed ${first} ${second}`, () => {
      const place = layout === "chwn" ? [1, imageSize, imageSize, 1] : [1, 1, imageSize, imageSize];
      const isSecond = cast(graph, reshape(graph, mask, place), "bool");
      const images = where(graph, isSecond, this.#images(second), this.#images(first));
      const context = this.#network("student"), augment = this.#augment(first);
      return studentOutput(context, backbone, images, head, augment).output;
    });
    const ofSecond = reduceMean(graph, cast(graph, mask, "float32"), [0, 1], false);
    return { output, share: sub(graph, graph.scalar(1), ofSecond) };
  }

  #embeddings(kind: "teacher" | "teacher_batch", view: number, rows: number): Value {
    this.#assertView(view);
    const input = viewInput(kind, view);
    return this.#once(
      input,
      () => this.graph.input(input, "float32", [rows, this.#teacherDimension]),
    );
  }

  /** @throws {ConfigError} where neither the options nor the head say it. */
  get #teacherDimension(): number {
    const { name, teacherDimension, method: { head } } = this.#options;
    if (teacherDimension !== undefined) return teacherDimension;
    if (head.output === "embedding") return head.dimension;
    throw new ConfigError(
      `Cannot build ${name}: the method reads embeddings of a teacher; set teacherDimension, their length`,
    );
  }

  teacher(view: number): Value {
    return this.#embeddings("teacher", view, this.#part);
  }

  teacherBatch(view: number): Value {
    const { replicas = 1, batchSize } = this.#options;
    return replicas === 1 ? this.teacher(view) : this.#embeddings("teacher_batch", view, batchSize);
  }

  labels(): Value {
    return this.#once("labels", () => this.graph.input("labels", "int64", [this.#part]));
  }
}

/**
 * Builds a student's training step. Its inputs besides those of {@linkcode TrainingStep}, where the
 * method reads them: `images`, `images_1`, … uint8 in the layout, one for each view; `teacher`,
 * `teacher_1`, … [B, D] float32, D that of the teacher; `labels` [B] int64; `mix` [H, W] uint8, 1 where
 * mixed images are of the second view; `convolutions`, `convolutions_1`, … the kernels of views. For one
 * of R replicas these have B / R images, and `teacher_batch`, … [B, D] have the embeddings of all, of
 * which the next state of the method is made.
 *
 * @throws {ConfigError} when the batch cannot be split evenly, or the method reads what there is not.
 */
export function buildDistillationStep(options: DistillationStepOptions): TrainingStep {
  const { method, layout = "chwn", replicas = 1 } = options;
  if (!Number.isInteger(replicas) || replicas < 1 || options.batchSize % replicas !== 0) {
    throw new ConfigError(
      `Cannot split a batch of ${options.batchSize} into ${replicas} replicas: ` +
        "replicas must divide the batch size",
    );
  }
  return buildTrainingStep({
    name: options.name,
    layout,
    optimizer: options.optimizer,
    initialState: method.initialState(),
    groups: options.groups,
    chooseAlgorithm: options.chooseAlgorithm,
    channelBlock: options.channelBlock,
    forward: (context, state) => method.step(new DistillationScope(context, state, options)),
  });
}
