import assert from "node:assert/strict";
import { join } from "node:path";
import { readSourceFiles } from "../source_files.ts";
import { listMutants, type Mutant } from "./list_mutants.ts";
import { MutantTrials } from "./try_mutants.ts";

Deno.test("MutantTrials tells what tests notice, and leaves the project alone", async () => {
  const project = await Deno.makeTempDir();
  try {
    const text = [
      "export function largest(a: number, b: number): number {",
      "  return a > b ? a : b;",
      "}",
      "export async function count(most: number): Promise<number> {",
      "  let at = 0;",
      "  while (at < most) {",
      "    at += 1;",
      "    await Promise.resolve();",
      "  }",
      "  return at;",
      "}",
      "",
    ].join("\n");
    await Deno.writeTextFile(join(project, "deno.json"), "{}");
    await Deno.writeTextFile(join(project, "a.ts"), text);
    await Deno.writeTextFile(join(project, "alone.ts"), text);
    await Deno.writeTextFile(
      join(project, "a_test.ts"),
      'import { count, largest } from "./a.ts";\n' +
        'Deno.test("a", async () => {\n' +
        "  if (largest(1, 2) !== 2 || await count(3) !== 3) throw new Error();\n" +
        "});\n",
    );
    const files = await readSourceFiles(project);
    await using trials = await MutantTrials.open(project, files, { tests: 3, seconds: 20 });
    const outcomeOf = async (before: string, after: string, path = "a.ts"): Promise<string> => {
      const mutant: Mutant | undefined = listMutants(path, text)
        .find((other) => other.before === before && other.after === after);
      assert.ok(mutant, `${before} → ${after}`);
      return (await trials.try(mutant)).outcome;
    };
    assert.equal(await outcomeOf(">", "<"), "caught");
    assert.equal(await outcomeOf(">", ">="), "survived");
    assert.equal(await outcomeOf(">", "<", "alone.ts"), "uncovered");
    assert.equal(await Deno.readTextFile(join(trials.folder, "a.ts")), text);
    assert.equal(await Deno.readTextFile(join(project, "a.ts")), text);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
});
