import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { projectFolder } from "../core/files.ts";
import { listImports } from "./check_dependencies.ts";

const { name, exports, imports } = JSON.parse(
  await Deno.readTextFile(join(projectFolder, "deno.json")),
) as { name: string; exports: Record<string, string>; imports: Record<string, string> };
const specifiers = Object.keys(exports).map((key) => name + key.slice(1));

/** Example programs and plug-ins, without their tests. */
async function exampleFiles(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(join(projectFolder, "examples"))) {
    if (name.endsWith(".ts") && !name.endsWith("_test.ts")) paths.push(`examples/${name}`);
  }
  return paths.sort();
}

Deno.test("every module of the package can be imported by its name", async () => {
  for (const specifier of specifiers) {
    const module = await import(specifier);
    assert.ok(Object.keys(module).length > 0, specifier);
  }
});

Deno.test("every room that programs are written with has a module of its own", () => {
  for (const [key, path] of Object.entries(exports)) {
    if (key === ".") continue;
    assert.match(path, new RegExp(`/${key.slice(2)}(/mod)?\\.ts$`));
  }
});

Deno.test("examples import only what the package offers", async () => {
  const paths = await exampleFiles();
  assert.ok(paths.length > 0);
  for (const path of paths) {
    const text = await Deno.readTextFile(join(projectFolder, path));
    for (const { specifier, line } of listImports(text)) {
      const isOffered = specifiers.includes(specifier) || specifier.startsWith("node:") ||
        specifier in imports ||
        specifier.startsWith("./") && paths.includes(join(dirname(path), specifier));
      assert.ok(isOffered, `${path}:${line}: "${specifier}" is not a module of the package`);
    }
  }
});

Deno.test("README and docs name only modules that there are", async () => {
  for (const path of ["README.md", "docs/library.md", "docs/architecture.md", "docs/footguns.md"]) {
    const text = await Deno.readTextFile(join(projectFolder, path));
    for (const [specifier] of text.matchAll(/@lgd-bench\/lgd-bench(?:\/\w+)*/g)) {
      assert.ok(specifiers.includes(specifier), `${path}: there is no module "${specifier}"`);
    }
  }
});
