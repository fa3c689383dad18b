/**
 * What Workers of the pipeline are told and hand back, and what happens meanwhile, for a display.
 *
 * @module
 */

import type { JobEvent } from "../core/launch/executor.ts";
import type { TrainWork } from "../core/recipe/cost.ts";
import type { PluginRequest } from "./plugins.ts";
import type { Unit } from "./units.ts";

/** What the Worker of a unit is told. */
export interface UnitPayload {
  readonly unit: Unit;
  /** Folder of the store. */
  readonly store: string;
  /** Threads of one session of the engine, or of each replica. */
  readonly threads: number;
  /** Plug-ins to load first. */
  readonly plugins: PluginRequest;
  /** Least time between two checkpoints of a training. */
  readonly checkpointMilliseconds?: number | undefined;
}

/** What the Worker of a unit hands back; models and outcomes are in the store. */
export interface UnitResult {
  /** Whether the model was trained now. */
  readonly trained: boolean;
  /** Keys of the outcomes that were measured now. */
  readonly measured: readonly string[];
}

/** What the Worker that prepares the data is told, before any unit. */
export interface PreparePayload {
  /** Units that will run after it: draws their views, embeds their images. */
  readonly units: readonly Unit[];
  /** Plug-ins to load first. */
  readonly plugins: PluginRequest;
}

/** What the Worker that prepares the data hands back. */
export interface PrepareResult {
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** What happens during a run, for a display. */
export type PipelineEvent =
  | {
    readonly type: "planned";
    /** Where results go. */
    readonly folder: string;
    /** Units that will run, in their order. */
    readonly units: readonly Unit[];
    /** Jobs that are in the store already. */
    readonly finished: { readonly models: number; readonly outcomes: number };
    /** Work of the trainings, by id. */
    readonly work: ReadonlyMap<string, TrainWork>;
  }
  | { readonly type: "warning"; readonly message: string }
  | JobEvent;
