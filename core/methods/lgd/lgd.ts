/**
 * LGD, Language-Guided Distillation (arXiv 2406.11689; official code `clipdistiller.py`, `main.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { add, concat, fusedMatMul, scale } from "../../onnx/build.ts";
import type { Value } from "../../onnx/graph.ts";
import { buildTextBank, type TextBank } from "../../text/text_bank.ts";
import { rowDot, softCrossEntropy } from "../cross_entropy.ts";
import type { Method, MethodContext, PreparedMethod } from "../method.ts";
import { aggregateByText } from "./lgka.ts";
import { initialBank, updateBank } from "./vsb.ts";

/** Settings of LGD. */
export interface LgdSettings {
  /** τ_S. @default {0.2} */
  readonly temperatureStudent: number;
  /** τ_T. @default {0.01} */
  readonly temperatureTeacher: number;
  /** Weight of L_VIS. @default {0.5} */
  readonly alpha: number;
  /** m of the visual bank. @default {0.999} */
  readonly bankMomentum: number;
  /** Keep the visual bank at unit length (a departure from the code). @default {false} */
  readonly renormalizeBank: boolean;
  /** Put the pair (z, z_T) in front of the visual logits. @default {true} */
  readonly prependPositive: boolean;
}

/** Checks {@linkcode LgdSettings}; the defaults are those of the published run. */
export const lgdSettings: z.ZodType<LgdSettings> = z.strictObject({
  temperatureStudent: z.number().positive().default(0.2)
    .describe("Temperature of the student's logits"),
  temperatureTeacher: z.number().positive().default(0.01)
    .describe("Temperature of the teacher's logits"),
  alpha: z.number().min(0).max(1).default(0.5)
    .describe("Weight of the visual loss; the textual one has 1 − alpha; the code has 0.5 fixed"),
  bankMomentum: z.number().min(0).max(1).default(0.999)
    .describe("Momentum of the visual bank; the published script has 0.999, its default is 0.99"),
  renormalizeBank: z.boolean().default(false).describe(
    "Bring the entries of the visual bank back to unit length after an update (not in the official code)",
  ),
  prependPositive: z.boolean().default(true).describe(
    "Put the teacher's embedding of the same image before the visual bank, as the official code does",
  ),
});

/**
 * LGD with a textual bank that is there already:
 *
 *     L = α·L_VIS + (1 − α)·L_TEX
 *     L_TEX = CE( softmax(z_T·L/τ_T), softmax(z_S·L/τ_S) )
 *     L_VIS = CE( softmax([z_T·z_T, z_T·V]/τ_T), softmax([z_S·z_T, z_S·V]/τ_S) )
 *
 * Both read the visual bank V as it was before this batch.
 *
 * @param options.textBank L, the textual bank.
 * @param options.seed Seed of the visual bank's first noise.
 */
export function prepareLgd(
  { textBank, settings, seed }: { textBank: TextBank; settings: LgdSettings; seed: number },
): PreparedMethod {
  const { classes, dimension } = textBank;
  const { alpha, bankMomentum: momentum, renormalizeBank: renormalize, prependPositive } = settings;
  const temperatures = {
    student: settings.temperatureStudent,
    teacher: settings.temperatureTeacher,
  };
  return {
    head: { output: "embedding", dimension },
    initialState: () => ({
      ...initialBank(classes, dimension, seed),
      text: { shape: [classes, dimension], data: textBank.data },
    }),
    step(scope) {
      const { graph } = scope;
      const student = scope.encode(0), teacher = scope.teacher(0), batch = scope.teacherBatch(0);
      const { bank, visited, text } = scope.state as Record<"bank" | "visited" | "text", Value>;
      const similarity = (z: Value, anchors: Value) =>
        fusedMatMul(graph, z, anchors, { transB: true });
      const teacherText = similarity(teacher, text);
      const textual = softCrossEntropy(graph, similarity(student, text), teacherText, temperatures);
      const visualLogits = (z: Value) => {
        const anchors = similarity(z, bank);
        return prependPositive ? concat(graph, [rowDot(graph, z, teacher), anchors], 1) : anchors;
      };
      const visual = softCrossEntropy(
        graph,
        visualLogits(student),
        visualLogits(teacher),
        temperatures,
      );
      const batchText = batch === teacher ? teacherText : similarity(batch, text);
      const next = updateBank(
        graph,
        { bank, visited },
        aggregateByText(graph, batch, batchText),
        { momentum, renormalize },
      );
      return {
        loss: add(graph, scale(graph, visual, alpha), scale(graph, textual, 1 - alpha)),
        parts: { visual, textual },
        nextState: next,
      };
    },
  };
}

/** Names with unknown words that are told; the others are counted. */
const mostNames = 20;

/** Tells which words of the names a teacher does not know, all in one warning. */
async function warnOfUnknownWords(
  teacher: NonNullable<MethodContext["teacher"]>,
  { classNames, source }: NonNullable<MethodContext["text"]>,
  onWarning: MethodContext["onWarning"],
): Promise<void> {
  const told: string[] = [];
  for (const name of classNames) {
    const words = await teacher.unknownWords?.(name) ?? [];
    if (words.length > 0) told.push(`${words.join(", ")} in "${name}"`);
  }
  if (told.length === 0) return;
  const rest = told.length - mostNames;
  onWarning(
    `${source === undefined ? "" : `${source}: `}${teacher.name} does not know ` +
      told.slice(0, mostNames).join("; ") + (rest > 0 ? `; words of ${rest} more names` : ""),
  );
}

/**
 * The textual bank of a training.
 *
 * @throws {ConfigError} where there is no text to be had, or its embeddings have not the images' length.
 */
async function textBankOf({ teacher, text, onWarning }: MethodContext): Promise<TextBank> {
  if (!teacher?.encodeText) {
    throw new ConfigError(
      `Cannot distil by LGD from ${teacher?.name ?? "no teacher"}: it has no text encoder; ` +
        "use a method that needs none",
    );
  }
  if (!text) throw new ConfigError("Cannot distil by LGD: no class names are given");
  await warnOfUnknownWords(teacher, text, onWarning);
  const bank = await buildTextBank(teacher.encodeText, text.classNames, text.templates);
  if (bank.dimension === teacher.dimension) return bank;
  throw new ConfigError(
    `Cannot distil by LGD from ${teacher.name}: its embeddings of texts have ${bank.dimension} numbers, ` +
      `expected ${teacher.dimension}, as those of images`,
  );
}

/** LGD as a method; see {@linkcode prepareLgd}. */
export const lgd: Method<LgdSettings> = {
  name: "lgd",
  version: 1,
  title: "LGD",
  settings: lgdSettings,
  needs: { teacher: "image+text", labels: false, views: 1 },
  async prepare(context) {
    const textBank = await textBankOf(context);
    return prepareLgd({ textBank, settings: context.settings, seed: context.seed });
  },
};
