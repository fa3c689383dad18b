/**
 * Runs a command of small trainings, with many checkpoints, as a process of its own: `table`,
 * `distill` or `evaluate`, then OUT and STORE, for `evaluate` also a student's file.
 *
 * The student of `distill` is that of the table, by the same key. What was done stands on the standard
 * output as JSON; errors end it with their exit codes, as those of a command.
 */

import { explainError, interruptSignal, stopWithLauncher } from "../../cli/process.ts";
import { printJson, tell } from "../../core/output.ts";
import { distill } from "../distill.ts";
import { evaluate } from "../evaluate.ts";
import type { PipelineEvent } from "../messages.ts";
import { reproduce } from "../reproduce.ts";

const [command, out, store, student] = Deno.args as [string, string, string, string?];

/** What was done by this process. */
interface Done {
  readonly trained: number;
  readonly measured: number;
  readonly failures: readonly (readonly [id: string, message: string])[];
}

const common = {
  out,
  store,
  checkpointMilliseconds: 20,
  signal: interruptSignal().signal,
  onEvent(event: PipelineEvent) {
    if (event.type === "warning") tell(`warning: ${event.message}`);
    if (event.type === "message" && event.message.type === "log") {
      const { level, message } = event.message;
      if (level === "warning") tell(`warning: ${message}`);
    }
    if (event.type === "started") tell(`started ${event.job.id}`);
    if (event.type === "waiting") tell(`waiting ${event.job.id} for ${event.holder}`);
  },
};

const commands: Readonly<Record<string, () => Promise<Done>>> = {
  async table() {
    const { trained, measured, failures } = await reproduce({
      ...common,
      table: "small",
      recipeFolder: import.meta.dirname!,
      jobs: 1,
      renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
    });
    return { trained, measured, failures: [...failures] };
  },
  async distill() {
    const { ran } = await distill({
      ...common,
      data: "emojinet-100",
      epochs: 8,
      set: [
        "pretrain.imageSize=16",
        "pretrain.widthMultiplier=0.0625",
        "pretrain.batchSize=32",
        "pretrain.viewsPerImage=2",
        "pretrain.learningRate=0.05",
        "pretrain.warmupEpochs=0",
        "pretrain.schedule=cosine",
        "pretrain.weightDecay=0.0001",
        "methods.lgd.bankMomentum=0.999",
        "tasks.zero-shot.templates=name",
      ],
    });
    return { trained: ran ? 1 : 0, measured: 0, failures: [] };
  },
  async evaluate() {
    const { ran } = await evaluate({
      ...common,
      checkpoint: student!,
      task: "semi-supervised",
      set: [
        "evaluation.splits=[val]",
        "evaluation.views=1",
        "tasks.semi-supervised.by=fine-tune",
        "tasks.semi-supervised.perClass=2",
        "tasks.semi-supervised.viewsPerImage=2",
        "tasks.semi-supervised.fineTuning.batchSize=32",
        "tasks.semi-supervised.fineTuning.epochs=14",
        "tasks.semi-supervised.fineTuning.milestones=[8]",
      ],
    });
    return { trained: 0, measured: ran ? 1 : 0, failures: [] };
  },
};

stopWithLauncher();
try {
  const done = await commands[command]!();
  printJson(done, { indent: 0 });
  Deno.exit(done.failures.length > 0 ? 1 : 0);
} catch (error) {
  Deno.exit(explainError(error));
}
