/**
 * Classifies views by the text embedding that is nearest.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { countViews } from "../../core/data/views/view_set.ts";
import { ConfigError } from "../../core/errors.ts";
import {
  buildTextBank,
  findEqualRows,
  nearestTextOf,
  type TextBank,
} from "../../core/text/text_bank.ts";
import type { ViewClassifier } from "../classification.ts";
import type { TaskContext } from "../task.ts";

/**
 * Rows of another length would be read askew, and give a number all the same.
 *
 * @throws {ConfigError} where an embedding has another length than the texts' ones.
 */
function assertSameLength(
  model: string,
  numbers: number,
  views: number,
  { dimension }: TextBank,
): void {
  if (numbers === views * dimension) return;
  throw new ConfigError(
    `Cannot measure zero-shot with ${model}: its embeddings have ${
      numbers / views
    } numbers, and those of the ` +
      `texts ${dimension}: they are of different spaces. Use the text encoder of the teacher that ` +
      "the model was distilled from",
  );
}

/**
 * Opens the classifier argmax_k z · l_k with the embedding z of a view and the text bank l of the data
 * set's class names. The official factor of 100 on the logits changes no argmax.
 *
 * @param templates Prompts, with `{}` for the name.
 */
export async function openTextClassifier(
  { model, dataset, warn }: Pick<
    TaskContext<LabelAnnotation>,
    "model" | "dataset" | "warn"
  >,
  templates: readonly string[],
): Promise<ViewClassifier> {
  const bank = await buildTextBank(model.encodeText!, dataset.classNames, templates);
  const same = findEqualRows(bank);
  if (same !== undefined) {
    const [first, second] = same.map((row) => dataset.classNames[row]!);
    warn(
      `the text encoder makes the same of "${first}" and "${second}": the second class can never ` +
        "be right",
    );
  }
  return async (views) => {
    const embeddings = await model.embeddings!(views);
    assertSameLength(model.name, embeddings.length, countViews(views), bank);
    return nearestTextOf(embeddings, bank);
  };
}
