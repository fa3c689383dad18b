/**
 * One training step as one graph: forward, loss, gradients, running statistics and the state that is
 * carried to the next step. The update of the parameters is the host's.
 *
 * @module
 */

import type { ModelSpec } from "../nn/module_context.ts";
import type { ChosenAlgorithm } from "../onnx/graph.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { MethodState } from "./loss.ts";
import type { GroupedParameter } from "./parameter_groups.ts";
import {
  buildTrainingGraph,
  type TrainingGraph,
  type TrainingGraphOptions,
} from "./training_graph.ts";

/** What a training step is made of. */
export interface TrainingStepOptions extends TrainingGraphOptions {
  readonly optimizer: Optimizer;
}

/** What a training trains, whatever computes its steps. */
export interface TrainedModel {
  /** Name for messages. */
  readonly name: string;
  readonly spec: ModelSpec;
  /** The parameters in the order of the flat vector, with their groups. */
  readonly parameters: readonly GroupedParameter[];
  readonly optimizer: Optimizer;
  readonly initialState: MethodState;
  /** Names of the parts of the loss. */
  readonly parts: readonly string[];
  /** The algorithms chosen, by key. */
  readonly algorithms: ReadonlyMap<string, ChosenAlgorithm>;
}

/** A training step of one graph, ready to be loaded. */
export interface TrainingStep extends TrainedModel, Pick<TrainingGraph, "graph"> {}

/**
 * Builds a training step of one graph.
 *
 * @throws {GraphError} when the loss is not a scalar or cannot be differentiated.
 */
export function buildTrainingStep(options: TrainingStepOptions): TrainingStep {
  const { name, optimizer, initialState = {} } = options;
  return { name, optimizer, initialState, ...buildTrainingGraph(options) };
}
