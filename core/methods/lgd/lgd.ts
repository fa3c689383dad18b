/**
 * LGD, Language-Guided Distillation (arXiv 2406.11689; official code `clipdistiller.py`, `main.py`).
 *
 * @module
 */

import { add, concat, fusedMatMul, scale } from "../../onnx/build.ts";
import { rowDot, softCrossEntropy, type Temperatures } from "../cross_entropy.ts";
import type { Method } from "../method.ts";
import { aggregateByText } from "./lgka.ts";
import type { TextBank } from "./tsb.ts";
import { initialBank, updateBank } from "./vsb.ts";

/** Settings of LGD. */
export interface LgdOptions {
  /** L, the textual bank. */
  readonly textBank: TextBank;
  /** τ_S 0.2 and τ_T 0.01 in the published run. */
  readonly temperatures: Temperatures;
  /** Weight of L_VIS; the code has 0.5 fixed. @default {0.5} */
  readonly alpha?: number;
  /** m of the visual bank; 0.999 in the published run. */
  readonly bankMomentum: number;
  /** Keep the visual bank at unit length (a departure from the code). @default {false} */
  readonly renormalizeBank?: boolean;
  /** Put the pair (z, z_T) in front of the visual logits, as the code does. @default {true} */
  readonly prependPositive?: boolean;
  /** Seed of the visual bank's first noise. */
  readonly seed: number;
}

/**
 * L = α·L_VIS + (1 − α)·L_TEX with
 *
 *     L_TEX = CE( softmax(z_T·L/τ_T), softmax(z_S·L/τ_S) )
 *     L_VIS = CE( softmax([z_T·z_T, z_T·V]/τ_T), softmax([z_S·z_T, z_S·V]/τ_S) )
 *
 * Both read the visual bank V as it was before this batch.
 */
export function lgd(options: LgdOptions): Method {
  const { textBank, temperatures, alpha = 0.5, prependPositive = true } = options;
  const { classes, dimension } = textBank;
  return {
    name: "lgd",
    output: "embedding",
    dimension,
    initialState: () => ({
      ...initialBank(classes, dimension, options.seed),
      text: { shape: [classes, dimension], data: textBank.data },
    }),
    loss(graph, { student, teacher, teacherBatch, state }) {
      const { bank, visited, text } = state as Record<"bank" | "visited" | "text", typeof student>;
      const similarity = (z: typeof student, anchors: typeof student) =>
        fusedMatMul(graph, z, anchors, { transB: true });
      const teacherText = similarity(teacher!, text);
      const textual = softCrossEntropy(graph, similarity(student, text), teacherText, temperatures);
      const visualLogits = (z: typeof student) => {
        const anchors = similarity(z, bank);
        return prependPositive ? concat(graph, [rowDot(graph, z, teacher!), anchors], 1) : anchors;
      };
      const visual = softCrossEntropy(
        graph,
        visualLogits(student),
        visualLogits(teacher!),
        temperatures,
      );
      const batch = teacherBatch ?? teacher!;
      const batchText = teacherBatch ? similarity(batch, text) : teacherText;
      const next = updateBank(
        graph,
        { bank, visited },
        aggregateByText(graph, batch, batchText),
        { momentum: options.bankMomentum, renormalize: options.renormalizeBank ?? false },
      );
      return {
        loss: add(graph, scale(graph, visual, alpha), scale(graph, textual, 1 - alpha)),
        parts: { visual, textual },
        nextState: next,
      };
    },
  };
}
