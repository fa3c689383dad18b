import assert from "node:assert/strict";
import { findPackageProblems, listedFiles } from "./check_package.ts";

Deno.test("listedFiles reads the files of a dry run", () => {
  const output = [
    "Simulating publish of @a/b@1.0.0 with files:",
    "   file:///home/user/b/core/my%20file.ts (1.5KB)",
    "   file:///home/user/b/data/words.bin (5.87MB)",
    "Success Dry run complete",
  ].join("\n");
  assert.deepEqual(listedFiles(output, "/home/user/b"), ["core/my file.ts", "data/words.bin"]);
});

Deno.test("findPackageProblems finds tests and missing files", () => {
  const sources = [
    { path: "core/a.ts", text: 'const a = packageFile("data/a.bin");' },
    { path: "core/b.ts", text: "const b = packageFile(\n  `tables/${name}.yaml`,\n);" },
    { path: "core/c_test.ts", text: 'packageFile("none.bin")' },
    { path: "scripts/c.ts", text: 'packageFile("none.bin")' },
  ];
  assert.deepEqual(
    findPackageProblems(["core/a.ts", "core/b.ts", "tables/one.yaml", "data/a.bin"], sources),
    [],
  );
  const problems = findPackageProblems(["core/a.ts", "core/b.ts", "core/c_test.ts"], sources);
  assert.equal(problems.length, 3);
  assert.match(problems[0]!, /^core\/c_test\.ts: .*exclude it/);
  assert.match(problems[1]!, /^core\/a\.ts: reads data\/a\.bin, which is not in the package/);
  assert.match(problems[2]!, /^core\/b\.ts: reads tables\/\$\{name\}\.yaml/);
});
