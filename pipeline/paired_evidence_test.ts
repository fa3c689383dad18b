import assert from "node:assert/strict";
import { dirname } from "node:path";
import { encodeSplitEvidence } from "../core/results/evidence_file.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import type { ResultFile } from "../core/results/result.ts";
import { metricDifference } from "../core/results/statistics.ts";
import { evidencePath } from "../core/store/run_folder.ts";
import { readSmallResult } from "../reports/testdata/small_result.ts";
import { pairRuns } from "./paired_evidence.ts";

const id = "rn18-lgd-200.zs_in1k.val";
const samples = Array.from({ length: 40 }, (_, index) => `icon/${index}`);

/** Evidence of one seed: every n-th icon is right. */
const evidenceOf = (every: number) =>
  accuracyEvidence(samples, samples.map((_, index) => index % every === 0 ? 4 : 1), 4);

/** A result whose one number is from these outcomes. */
function resultOf(outcomes: readonly string[]): ResultFile {
  const result = readSmallResult();
  const cell = result.cells.find((candidate) => candidate.id === id)!;
  cell.sources = outcomes.map((outcome, seed) => ({ seed, outcome }));
  result.cells = result.cells.filter((other) => other === cell || other.column !== "zs_in1k");
  return result;
}

async function put(folder: string, key: string, every: number): Promise<void> {
  const path = evidencePath(folder, key);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, encodeSplitEvidence({ val: evidenceOf(every) }));
}

const keys = ["a", "b", "c", "d"].map((letter) => letter.repeat(64));

Deno.test("pairRuns() pairs the evidence of two run folders", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [index, key] of keys.entries()) await put(folder, key, index + 2);
    const base = resultOf(keys.slice(0, 2)), next = resultOf(keys.slice(2));
    const pairs = await pairRuns(
      { folder, result: base },
      { folder, result: next },
      assert.fail,
    );
    assert.deepEqual([...pairs.keys()], [id]);
    const { difference, ci95 } = metricDifference(
      accuracy,
      [evidenceOf(2), evidenceOf(3)],
      [evidenceOf(4), evidenceOf(5)],
    );
    assert.deepEqual(pairs.get(id), { difference, ci95 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("pairRuns() leaves out what is missing, damaged, or of other seeds", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await put(folder, keys[0]!, 2);
    const bytes = encodeSplitEvidence({ val: evidenceOf(3) });
    bytes[40]! ^= 1;
    await Deno.writeFile(evidencePath(folder, keys[1]!), bytes);
    const messages: string[] = [];
    const pair = async (outcomes: string[]) =>
      await pairRuns(
        { folder, result: resultOf([keys[0]!]) },
        { folder, result: resultOf(outcomes) },
        (message) => messages.push(message),
      );
    assert.equal((await pair([keys[0]!])).size, 1);
    assert.equal((await pair([keys[2]!])).size, 0);
    assert.equal((await pair(["../../etc/passwd"])).size, 0);
    assert.equal((await pair([keys[0]!, keys[0]!])).size, 0);
    assert.deepEqual(messages, []);
    assert.equal((await pair([keys[1]!])).size, 0);
    assert.match(messages[0]!, /does not match its checksum/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
