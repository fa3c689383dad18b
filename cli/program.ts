/**
 * The program that commands are added to.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { cleanText, printBlock, tellBlock } from "../core/output.ts";

/** The program. */
export type Program = Command;

/** A program without commands. It throws instead of ending the process. */
export function createProgram(version: string): Program {
  const program = new Command("lgd-bench")
    .description(
      "Language-guided distillation of small vision models: training, measuring, reports",
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: printBlock,
      writeErr: tellBlock,
      // A name that the user typed must not add a line; commander's own second one is a question.
      outputError: (text, write) => write(`${cleanText(text.trimEnd())}\n`),
    })
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false });
  return program as unknown as Program;
}
