import assert from "node:assert/strict";
import type { SpeedCaseResult } from "../core/results/speed_result.ts";
import type { SpeedBaseline } from "./baseline.ts";
import { findMissingCases } from "./speed_night.ts";

const caseOf = (
  name: string,
  status: SpeedCaseResult["status"] = "measured",
  threads = 1,
): SpeedCaseResult =>
  ({
    name,
    title: name,
    threads,
    status,
    ...(status === "measured" ? {} : { reason: `it is ${status}` }),
  }) as unknown as SpeedCaseResult;

const baselineOf = (...cases: SpeedCaseResult[]) =>
  ({ bench: { cases } }) as unknown as SpeedBaseline;

Deno.test("findMissingCases() names cases that failed, were skipped, or are there no more", () => {
  const baseline = baselineOf(
    caseOf("step"),
    caseOf("renamed"),
    caseOf("skipped"),
    caseOf("never", "skipped"),
    caseOf("detector"),
    caseOf("step", "measured", 2),
  );
  const bench = {
    cases: [caseOf("step"), caseOf("skipped", "skipped"), caseOf("never", "skipped")],
  };
  const { failed, notAsked } = findMissingCases(baseline, bench, {
    cases: "{step,renamed,skipped,never}",
    threads: [1],
  });
  assert.deepEqual(failed.map(({ place, reason }) => [place.split(",")[0], reason]), [
    ["skipped", "it is skipped"],
    ["renamed", "lost: the baseline has it, and there is no such case"],
  ]);
  assert.equal(notAsked.length, 2, "the detector, and the step by two threads");
  assert.deepEqual(findMissingCases(undefined, bench, { cases: "*", threads: [1] }), {
    failed: [],
    notAsked: [],
  });
});
