import assert from "node:assert/strict";
import { readSmallResult } from "../reports/testdata/small_result.ts";
import { findResultProblems } from "./check_result.ts";

Deno.test("findResultProblems names rows without numbers and cells that failed", () => {
  const result = { ...readSmallResult(), finished: true };
  const cells = result.cells.filter(({ status }) => status !== "failed");
  const whole = { ...result, cells };
  const measured = cells.find(({ status }) => status === "measured")!;
  const { row } = measured;
  const kept = findResultProblems(whole);
  assert.ok(!kept.some((problem) => problem.includes(`row ${row} `)));

  const emptied = cells.filter((cell) => cell.row !== row);
  assert.ok(
    findResultProblems({ ...whole, cells: emptied }).includes(`row ${row} has no number`),
  );
  const failed = cells.map((cell) =>
    cell === measured ? { ...cell, status: "failed" as const, value: null } : cell
  );
  assert.ok(findResultProblems({ ...whole, cells: failed }).includes(`cell ${measured.id} failed`));
  assert.ok(
    findResultProblems({ ...whole, finished: false }).includes("the run is not finished"),
  );
});
