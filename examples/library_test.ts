import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../core/files.ts";

/** Runs a program with what it needs and no more, and hands back what it prints. */
async function run(args: readonly string[], access: readonly string[] = []): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-remote", ...access, ...args],
    cwd: projectFolder,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  return text.decode(stdout);
}

const program = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
];

Deno.test("the programs of a few lines distil, measure and export a student", async () => {
  const folder = await Deno.makeTempDir();
  const out = join(folder, "run"), store = join(folder, "store");
  const student = join(out, "student.safetensors");
  try {
    const distilled = await run(["examples/library_distill.ts", out, store], program);
    assert.match(distilled, /student\.safetensors: \d+ steps, loss \d/);
    const again = await run(["examples/library_distill.ts", out, store], program);
    assert.match(again, /student\.safetensors: found, loss \d/);
    const evaluated = await run(["examples/library_evaluate.ts", student, store], program);
    assert.match(evaluated, /k-nn, val: top-1 accuracy [\d.]+ % \([\d.]+ to [\d.]+, n = \d+\)/);
    const exported = await run(["examples/library_export.ts", student], program);
    assert.match(exported, /student\.onnx: features 2×\d+, difference [\d.e-]+/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a plug-in outside the project imports the package by its name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "my_task.ts");
    const text = await Deno.readTextFile(join(projectFolder, "examples", "class_mean_task.ts"));
    await Deno.writeTextFile(path, text.replace('"class-mean"', '"my-task"'));
    const launcher = ["--allow-read", "--allow-env", "--allow-run", "scripts/launch.ts"];
    const listed = await run(["list", "tasks", "--plugin", path], launcher);
    assert.match(listed, /my-task/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
