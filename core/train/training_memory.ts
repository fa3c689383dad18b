/**
 * How much memory a training takes, told before it begins.
 *
 * @module
 */

import { type AnyTrainingStep, isStaged } from "./staged_step.ts";
import { peakTensorBytes, tensorBytes } from "../onnx/memory.ts";

/** The process without any graph, in bytes. */
const baseBytes = 0.2e9;
/** A Worker with its session, without any tensor. */
const workerBytes = 0.04e9;
/** What the runtime's allocator takes for the tensors that live at once, measured: 1.1 to 1.25. */
const allocatorShare = 1.2;

/** What drawing images keeps, measured. */
const drawingBytes = 0.15e9;
/** What a teacher's sessions keep, measured with the one that is shipped. */
const teacherBytes = 0.15e9;

/** Bytes of parameters and of what the optimizer keeps for them. */
function stateBytes(step: AnyTrainingStep): number {
  const parameters = step.spec.parameters
    .reduce((total, { shape }) => total + tensorBytes({ dtype: "float32", shape }), 0);
  return parameters * (1 + step.optimizer.slots.length);
}

/**
 * Memory of training steps in bytes, within about a sixth.
 *
 * @param step The step, or that of one replica.
 * @param replicas Number of parts of the batch that train side by side.
 */
export function estimateTrainingMemory(step: AnyTrainingStep, replicas: number): number {
  const perReplica = allocatorShare *
    (isStaged(step) ? step.peakBytes : peakTensorBytes(step.graph));
  const workers = replicas > 1 ? replicas * workerBytes : 0;
  return baseBytes + workers + replicas * (perReplica + 2 * stateBytes(step));
}

/**
 * Memory of a whole training in bytes: its steps, its views, a checkpoint while it is written, and what
 * drawing images and the teacher keep.
 *
 * @param options.viewBytes Of all views, the teacher's too.
 */
export function estimateRunMemory(
  step: AnyTrainingStep,
  { replicas, viewBytes, hasTeacher }: { replicas: number; viewBytes: number; hasTeacher: boolean },
): number {
  return estimateTrainingMemory(step, replicas) + viewBytes + 2 * stateBytes(step) + drawingBytes +
    (hasTeacher ? teacherBytes : 0);
}

/** What there is to say about the memory of a training. */
export interface MemoryNote {
  /** What it needs and what is free. */
  readonly note: string;
  /** The same, with the danger; only where it needs more than is free. */
  readonly warning?: string;
}

/** Compares the memory that a training needs, in bytes, with what is free. */
export function memoryNote(needed: number): MemoryNote {
  const { available } = Deno.systemMemoryInfo();
  const note = `the training needs about ${formatGigabytes(needed)} of memory, ` +
    `${formatGigabytes(available)} are free`;
  return needed > available ? { note, warning: `${note}: the system may end it` } : { note };
}

/** Bytes for people. */
export function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
