/**
 * Training steps of several graphs with work of the host between them.
 *
 * Where a step's middle is ragged, as the proposals of a detector, no single graph of fixed shapes
 * holds it. A staged step says how it is run; parameters, groups, optimizer, clipping, checkpoints and
 * the loop are those of every training.
 *
 * Each stage is a training graph of its own, with its part of the parameters. What lies between two
 * stages is told to the first by `givenGradients`, an input that is known late: `cutGraph` parts
 * that graph in what runs before the host's work and what runs after it.
 *
 * @module
 */

import { floatTensor, type HostTensor, type SessionOptions } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import { totalSize } from "../nn/module_context.ts";
import { type ChosenAlgorithm, sizeOf } from "../onnx/graph.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Feeds } from "./batch_source.ts";
import { gradientOutput } from "./parameter_tensors.ts";
import type { TrainingGraph } from "./training_graph.ts";
import type { TrainedModel, TrainingStep } from "./training_step.ts";

/** Where in a training a step stands: what seeds what it draws. */
export interface StepPlace {
  readonly seed: number;
  /** From 0. */
  readonly step: number;
}

/** Computes steps. */
export interface StepRunner {
  /**
   * Computes one step.
   *
   * @param feeds The batch, `parameters/<name>`, `buffers` and the masks of dropout.
   * @returns Outputs as those of a training graph: `loss`, `part/<name>`, `gradient/<name>` of every
   * parameter that is not frozen, `next/buffers`, `next/state/<name>`.
   */
  run(feeds: Feeds, place: StepPlace): Promise<Record<string, HostTensor>>;
  /** Frees sessions. */
  release(): Promise<void>;
}

/** A training step that runs as a program of sessions and host work. */
export interface StagedTrainingStep extends TrainedModel {
  /** Most bytes that its tensors take at once, estimated. */
  readonly peakBytes: number;
  /** Loads what it runs. */
  open(options: SessionOptions): Promise<StepRunner>;
}

/** A training step of one graph or of several. */
export type AnyTrainingStep = TrainingStep | StagedTrainingStep;

/** Whether a step is of several graphs. */
export function isStaged(step: AnyTrainingStep): step is StagedTrainingStep {
  return "open" in step;
}

/** What stages declare. */
export type StageDeclaration = Pick<TrainingGraph, "spec" | "parameters" | "parts">;

/** Stages as one model. */
export interface JoinedStages<Stage extends string> extends TrainedModel {
  /** The feeds of a stage: its own part of the buffers in place of all. */
  feedsOf(stage: Stage, feeds: Feeds): Feeds;
  /** Starts to gather the outputs of a step. */
  gather(feeds: Feeds): StepOutputs<Stage>;
}

/** Gathers what the graphs of a step give. */
export interface StepOutputs<Stage extends string> {
  /**
   * Adds the outputs of a run of a stage: losses, parts and gradients are summed, in this order, in the
   * memory of the first; running statistics are copied.
   *
   * @returns The outputs that are no longer needed for that, by name.
   */
  add(
    stage: Stage,
    outputs: Readonly<Record<string, HostTensor>>,
  ): Record<string, HostTensor>;
  /** The outputs of the step; a parameter that no stage gave a gradient of has zeros. */
  finish(): Record<string, HostTensor>;
}

/** Adds b to a, in place. */
function addInto(a: Float32Array, b: Float32Array): void {
  for (let index = 0; index < a.length; index++) a[index] = a[index]! + b[index]!;
}

/**
 * Joins stages to one model: parameters and buffers of the first, then those of the next.
 *
 * @param stages What each declares, by its name.
 * @throws {ConfigError} when two stages declare the same name, or one carries state or momentum copies.
 */
export function joinStages<Stage extends string>(
  name: string,
  optimizer: Optimizer,
  stages: Readonly<Record<Stage, StageDeclaration>>,
  algorithms: ReadonlyMap<string, ChosenAlgorithm> = new Map(),
): JoinedStages<Stage> {
  const all = Object.entries(stages) as [Stage, StageDeclaration][];
  const owners = new Map<string, Stage>();
  const ranges = new Map<Stage, { begin: number; end: number }>();
  let begin = 0;
  for (const [stage, { spec }] of all) {
    for (const { name: tensor } of [...spec.parameters, ...spec.buffers]) {
      const owner = owners.get(tensor);
      if (owner !== undefined) {
        throw new ConfigError(
          `Cannot train ${name}: "${tensor}" is declared by the stages ${owner} and ${stage}`,
        );
      }
      owners.set(tensor, stage);
    }
    if ((spec.momentum ?? []).length > 0) {
      throw new ConfigError(`Cannot train ${name}: stage ${stage} has a momentum copy`);
    }
    const end = begin + totalSize(spec.buffers);
    ranges.set(stage, { begin, end });
    begin = end;
  }
  const parameters = all.flatMap(([, stage]) => stage.parameters);
  const buffersOf = (feeds: Feeds, stage: Stage) => {
    const { begin, end } = ranges.get(stage)!;
    const data = feeds["buffers"]?.data as Float32Array | undefined;
    return data?.subarray(begin, end) ?? new Float32Array(0);
  };
  return {
    name,
    optimizer,
    initialState: {},
    algorithms,
    spec: {
      parameters: all.flatMap(([, { spec }]) => spec.parameters),
      buffers: all.flatMap(([, { spec }]) => spec.buffers),
      dropouts: all.flatMap(([, { spec }]) => spec.dropouts),
    },
    parameters,
    parts: [...new Set(all.flatMap(([, { parts }]) => parts))],
    feedsOf(stage, feeds) {
      const own = buffersOf(feeds, stage);
      return { ...feeds, buffers: floatTensor(own, [own.length]) };
    },
    gather(feeds) {
      const result: Record<string, HostTensor> = {};
      const summed = (name: string) =>
        name === "loss" || name.startsWith("part/") || name.startsWith("gradient/");
      const buffers = feeds["buffers"] && (feeds["buffers"].data as Float32Array).slice();
      return {
        add(stage, outputs) {
          const spare: Record<string, HostTensor> = {};
          for (const [name, tensor] of Object.entries(outputs)) {
            if (summed(name) && !result[name]) {
              result[name] = tensor;
              continue;
            }
            spare[name] = tensor;
            if (name === "next/buffers") {
              buffers!.set(tensor.data as Float32Array, ranges.get(stage)!.begin);
            } else if (summed(name)) {
              addInto(result[name]!.data as Float32Array, tensor.data as Float32Array);
            }
          }
          return spare;
        },
        finish() {
          for (const { name, shape, frozen = false } of parameters) {
            const output = gradientOutput(name);
            if (!frozen) result[output] ??= floatTensor(new Float32Array(sizeOf(shape)), shape);
          }
          for (const part of all.flatMap(([, { parts }]) => parts)) {
            result[`part/${part}`] ??= floatTensor(new Float32Array(1), []);
          }
          if (buffers) result["next/buffers"] = floatTensor(buffers, [buffers.length]);
          return result;
        },
      };
    },
  };
}
