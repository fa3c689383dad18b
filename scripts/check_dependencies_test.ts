import assert from "node:assert/strict";
import { findDependencyProblems, listImports, roomOf } from "./check_dependencies.ts";
import { readSourceFiles } from "./source_files.ts";

Deno.test("listImports finds every form of import and no comment or string", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    "import {",
    "  c,",
    '} from "./c.ts";',
    'export * from "./d.ts";',
    'import "./e.ts";',
    'const f = await import("./f.ts");',
    '// import "./no.ts";',
    '/* export * from "./no.ts"; */',
    'const g = "http://x"; const h = `from "./no.ts"`;',
  ].join("\n");
  assert.deepEqual(
    listImports(text).map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly]),
    [
      ["./a.ts", 1, false],
      ["./b.ts", 2, true],
      ["./c.ts", 5, false],
      ["./d.ts", 6, false],
      ["./e.ts", 7, false],
      ["./f.ts", 8, false],
    ],
  );
});

Deno.test("roomOf names the room of a file", () => {
  assert.equal(roomOf("core/errors.ts"), "core");
  assert.equal(roomOf("core/recipe/plan.ts"), "core/recipe");
  assert.equal(roomOf("core/vision/boxes.ts"), "core/vision");
  assert.equal(roomOf("core/vision/evaluation/mod.ts"), "core/vision/evaluation");
  assert.equal(roomOf("tasks/zero_shot/task.ts"), "tasks");
  assert.equal(roomOf("cli.ts"), "cli");
});

Deno.test("findDependencyProblems refuses upward, sideways and foreign imports", () => {
  const file = (path: string, specifier: string) => ({ path, text: `import "${specifier}";\n` });
  const problems = findDependencyProblems([
    file("core/nn/layer.ts", "../methods/loss.ts"),
    file("tasks/a.ts", "../reports/report.ts"),
    file("benchmarks/b.ts", "../reports/report.ts"),
    file("core/data/c.ts", "onnxruntime-node"),
    file("core/data/c_test.ts", "npm:onnxruntime-node@1.30.0"),
    file("core/engine/session.ts", "onnxruntime-node"),
    file("core/train/fit.ts", "./fit_test.ts"),
    file("core/methods/fine.ts", "../train/fit.ts"),
    file("core/methods/fine_test.ts", "../../reports/report.ts"),
    file("students/s.ts", "../core/methods/testdata/x.ts"),
    file("core/nn/chwn/kernel.ts", "../layers.ts"),
    file("core/nn/chwn/kernel_test.ts", "../layers.ts"),
    file("core/nn/chwn/other.ts", "../window.ts"),
    file("elsewhere/a.ts", "../core/errors.ts"),
  ]);
  assert.deepEqual(problems, [
    "core/nn/layer.ts:1: core/nn may not import from core/methods, which stands above it",
    "tasks/a.ts:1: tasks may not import from reports, which stands above it",
    "benchmarks/b.ts:1: benchmarks may not import from reports, on the same floor",
    'core/data/c.ts:1: only core/engine may import "onnxruntime-node"',
    'core/data/c_test.ts:1: only core/engine may import "onnxruntime-node"',
    "students/s.ts:1: imports the test file core/methods/testdata/x.ts",
    "core/nn/chwn/kernel.ts:1: core/nn/chwn may not import core/nn/layers.ts, which stands above it",
    'elsewhere/a.ts: the room "elsewhere" has no floor',
  ]);
});

Deno.test("findDependencyProblems finds every circle, those of types too", () => {
  const imports = (path: string, ...specifiers: string[]) => ({
    path,
    text: specifiers.map((specifier) => `import "${specifier}";\n`).join(""),
  });
  const circles = findDependencyProblems([
    imports("core/a.ts", "./b.ts", "./alone.ts"),
    { path: "core/b.ts", text: 'export { a } from "./a.ts";\n' },
    imports("core/alone.ts"),
    imports("core/above.ts", "./a.ts"),
    imports("core/c.ts", "./d.ts", "./e.ts"),
    { path: "core/d.ts", text: 'import type { C } from "./c.ts";\n' },
    imports("core/e.ts", "./f.ts"),
    imports("core/f.ts", "./c.ts", "./b.ts"),
    imports("core/self.ts", "./self.ts"),
  ]);
  assert.deepEqual(circles, [
    "files import each other: core/a.ts → core/b.ts → core/a.ts",
    "files import each other: core/c.ts → core/d.ts → core/c.ts, and with them core/e.ts, core/f.ts",
    "files import each other: core/self.ts → core/self.ts",
  ]);
});

Deno.test("the project keeps the rule of dependencies", async () => {
  assert.deepEqual(findDependencyProblems(await readSourceFiles()), []);
});
