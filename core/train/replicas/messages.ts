/**
 * What a replicated trainer and the Workers of its replicas say to each other. Tensors travel in shared
 * memory, messages only say that they are there.
 *
 * @module
 */

import type { EncodedGraph } from "../../engine/session.ts";
import type { JobError } from "../../job_error.ts";
import type { GroupedParameter } from "../parameter_groups.ts";
import type { OptimizerSettings } from "../../optim/optimizer.ts";
import type { SharedTensor } from "./shared_tensor.ts";

/** Sent once. */
export interface StartMessage {
  readonly type: "start";
  readonly replica: number;
  readonly graph: EncodedGraph;
  /** Threads of the replica's session. */
  readonly threads: number;
  readonly optimizer: OptimizerSettings;
  /** Names of the optimizer's slots among the tensors of `state`. */
  readonly slots: readonly string[];
  /** Names of the parts of the loss. */
  readonly parts: readonly string[];
  /** What all replicas read, and the update changes: parameters, buffers, slots, the method's state. */
  readonly state: Readonly<Record<string, SharedTensor>>;
  /** The batch of this replica, by the name of the graph's input. */
  readonly feeds: Readonly<Record<string, SharedTensor>>;
  /** The parameters in the order of the flat vector, with their groups. */
  readonly parameters: readonly GroupedParameter[];
  /** Flat gradients, one of each replica. */
  readonly gradients: readonly SharedTensor[];
  /** New buffers, one of each replica; none where the model has none. */
  readonly buffers: readonly SharedTensor[];
}

/** The batch is there: compute the gradient. */
export interface GradientMessage {
  readonly type: "gradient";
}

/** All gradients are there: average a share of them and tell its squares, for clipping. */
export interface AverageMessage {
  readonly type: "average";
}

/** All gradients are there: update a share of the parameters. */
export interface UpdateMessage {
  readonly type: "update";
  /** Whether the share has been averaged already. */
  readonly averaged: boolean;
  readonly learningRate: number;
  /** Factor on the gradients, less than 1 where they are clipped. */
  readonly gradientScale: number;
  /** Number of this step, from 1 on. */
  readonly step: number;
}

/** Everything that a replica is sent. */
export type ReplicaRequest = StartMessage | GradientMessage | AverageMessage | UpdateMessage;

/** Everything that a replica answers. */
export type ReplicaAnswer =
  | { readonly type: "started" }
  | {
    readonly type: "gradient";
    readonly loss: number;
    readonly parts: Readonly<Record<string, number>>;
  }
  /** With the sum of the squares of its share of the mean gradient. */
  | { readonly type: "averaged"; readonly squares: number }
  | { readonly type: "updated" }
  | { readonly type: "failed"; readonly error: JobError };
