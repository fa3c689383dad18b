import assert from "node:assert/strict";
import { verifyData } from "./verify.ts";

Deno.test("verifyData finds the embedded data sound", async () => {
  const report = await verifyData();
  assert.deepEqual(report.problems, []);
  assert.deepEqual(
    report.iconSets.map(({ name, icons }) => [name, icons]),
    [
      ["noto", 813],
      ["noto-v1", 611],
      ["fluent-emoji-flat", 813],
      ["emojione", 612],
      ["emojione-v1", 518],
      ["fxemoji", 502],
      ["twemoji", 813],
      ["openmoji", 813],
    ],
  );
  assert.equal(report.datasets.length, 10);
  assert.equal(new Set(report.datasets.map(({ hash }) => hash)).size, 10);
  for (const { leastPerClass } of report.datasets) {
    assert.ok(leastPerClass.train! >= 2 && leastPerClass.val! >= 1 && leastPerClass.ood! >= 1);
  }
});
