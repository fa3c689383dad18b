import assert from "node:assert/strict";
import { findCoveringTests } from "./covering_tests.ts";

Deno.test("findCoveringTests goes from the test beside a file to those far away", () => {
  const files = Object.entries({
    "core/a.ts": "",
    "core/z_test.ts": 'import "./user.ts";',
    "core/a_test.ts": 'import "./a.ts";',
    "core/user.ts": 'import { a } from "./a.ts";',
    "core/types_test.ts": 'import type { A } from "./a.ts";',
    "cli/far_test.ts": 'import "../core/user.ts";',
    "cli/near_test.ts": 'import "../core/a.ts";',
    "cli/worker_test.ts": 'new Worker(new URL("../core/user.ts", import.meta.url));',
    "cli/other_test.ts": 'import "./other.ts";',
  }).map(([path, text]) => ({ path, text }));
  assert.deepEqual(findCoveringTests("core/a.ts", files), [
    "core/a_test.ts",
    "core/z_test.ts",
    "cli/near_test.ts",
    "cli/far_test.ts",
    "cli/worker_test.ts",
  ]);
});
