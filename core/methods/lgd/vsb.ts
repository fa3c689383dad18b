/**
 * VSB, the Visual Semantics Bank: one momentum-averaged teacher embedding per class.
 *
 * @module
 */

import { add, greater, mul, sub, where } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { l2Normalize } from "../../nn/l2_normalize.ts";
import type { MethodState } from "../method.ts";
import { unitNoise } from "../unit_noise.ts";
import type { BatchAggregate } from "./lgka.ts";

/** How the bank is kept. */
export interface BankOptions {
  /** m: share of the old entry. The paper's script has 0.999, its default is 0.99. */
  readonly momentum: number;
  /**
   * Bring entries back to unit length after each update. The official code has that line commented
   * out, so entries are shorter than 1. @default {false}
   */
  readonly renormalize?: boolean;
}

/**
 * The bank before the first step: unit vectors of Gaussian noise [K, D] and no class visited
 * (`queue`, `queue_ptr` of the official code). A class that is never visited keeps its noise and
 * still stands in the softmax.
 */
export function initialBank(classes: number, dimension: number, seed: number): MethodState {
  return {
    bank: { shape: [classes, dimension], data: unitNoise(classes, dimension, seed) },
    visited: { shape: [classes, 1], data: new Float32Array(classes) },
  };
}

/**
 * The bank after a batch: v_c ← z̄_c on the first visit, then v_c ← m·v_c + (1 − m)·z̄_c; classes
 * without images stay as they are.
 *
 * @param bank V, [K, D].
 * @param visited 1 where the class has been visited, [K, 1].
 */
export function updateBank(
  graph: Graph,
  { bank, visited }: { bank: Value; visited: Value },
  { mean, count }: BatchAggregate,
  { momentum, renormalize = false }: BankOptions,
): { bank: Value; visited: Value } {
  const present = greater(graph, count, graph.scalar(0));
  const seen = greater(graph, visited, graph.scalar(0));
  const one = graph.scalar(1);
  // Chosen are the shares of a row, [K, 1], and not its numbers, [K, D].
  const share = (ofSeen: number, ofNew: number, ofAbsent: number) =>
    where(
      graph,
      present,
      where(graph, seen, graph.scalar(ofSeen), graph.scalar(ofNew)),
      graph.scalar(ofAbsent),
    );
  const updated = add(
    graph,
    mul(graph, bank, share(momentum, 0, 1)),
    mul(graph, mean, share(1 - momentum, 1, 0)),
  );
  return {
    bank: renormalize ? where(graph, present, l2Normalize(graph, updated), bank) : updated,
    visited: sub(
      graph,
      one,
      mul(
        graph,
        sub(graph, one, visited),
        sub(graph, one, graph.node("Cast", [present], { to: "float32" })),
      ),
    ),
  };
}
