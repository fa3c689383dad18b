/**
 * Compares our evaluation with pycocotools, lvis and tidecv on any number of random sets:
 *
 *     python core/vision/evaluation/testdata/make_evaluation_reference.py --sets 240 > many.jsonl
 *     deno run --allow-read core/vision/evaluation/testdata/compare_evaluators.ts many.jsonl
 *
 * Says how many numbers were compared, and which differ by more than 1e-6; exit code 1 where any does.
 *
 * @module
 */

import { printLine } from "../../../output.ts";
import { compareSet, parseSets } from "./reference_set.ts";

const sets = parseSets(await Deno.readTextFile(Deno.args[0]!));
let numbers = 0;
const differences: string[] = [];
for (const set of sets) {
  const comparison = compareSet(set);
  numbers += comparison.numbers;
  differences.push(...comparison.differences);
}
for (const difference of differences.slice(0, 40)) printLine(difference);
printLine(`${sets.length} sets, ${numbers} numbers, ${differences.length} differ`);
if (differences.length > 0) Deno.exit(1);
