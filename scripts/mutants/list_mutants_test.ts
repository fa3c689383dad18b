import assert from "node:assert/strict";
import { applyMutant, listMutants } from "./list_mutants.ts";

/** Every mutant of a text as its kind and the changed lines. */
function mutantsOf(text: string): string[] {
  return listMutants("a.ts", text).map((mutant) => {
    const after = applyMutant(text, mutant).split("\n");
    return `${mutant.kind}: ${after[mutant.line - 1]!.trim()}`;
  });
}

Deno.test("listMutants turns and loosens comparisons", () => {
  assert.deepEqual(mutantsOf("if (a < b) stop();"), [
    "comparison: if (a <= b) stop();",
    "comparison: if (a > b) stop();",
  ]);
  assert.deepEqual(mutantsOf("if (a === b) stop();"), ["comparison: if (a !== b) stop();"]);
});

Deno.test("listMutants changes constants, indices, operators and negations", () => {
  assert.deepEqual(mutantsOf("const a = b[i] + 2;"), [
    "index: const a = b[i + 1] + 2;",
    "arithmetic: const a = b[i] - 2;",
    "constant: const a = b[i] + 3;",
    "constant: const a = b[i] + 1;",
  ]);
  assert.deepEqual(mutantsOf("const a = !b && true;"), [
    "negation: const a = b && true;",
    "logic: const a = !b || true;",
    "constant: const a = !b && false;",
  ]);
});

Deno.test("listMutants omits and swaps arguments of calls, not of declarations", () => {
  assert.deepEqual(mutantsOf("return f(a, b);"), [
    "swap: return f(b, a);",
    "argument: return f(a);",
  ]);
  assert.deepEqual(mutantsOf("return f({ a, b }, [c, d], (e, g) => e);"), [
    "argument: return f({ a, b }, [c, d]);",
  ]);
  assert.deepEqual(mutantsOf("function f(a: A, b: B): C {"), []);
  assert.deepEqual(mutantsOf("  method(a: A, b: B) {"), []);
});

Deno.test("listMutants omits statements and awaits", () => {
  assert.deepEqual(mutantsOf("begin();\n  await end();\n"), [
    "await: end();",
    "statement: ",
  ]);
});

Deno.test("listMutants leaves comments, strings, imports and regular expressions alone", () => {
  assert.deepEqual(
    mutantsOf([
      'import { a } from "./1 < 2.ts";',
      "// a < b, 1",
      "/** a < b, 1 */",
      'const text = "a < b, 1" + name;',
      "const pattern = /a < b, 1/;",
      "const template = `a < b, 1`;",
    ].join("\n")),
    [],
  );
});

Deno.test("listMutants changes what a template computes", () => {
  assert.deepEqual(mutantsOf("const a = `1 ${b < `2 ${{ c }}`} 3`;"), [
    "comparison: const a = `1 ${b <= `2 ${{ c }}`} 3`;",
    "comparison: const a = `1 ${b > `2 ${{ c }}`} 3`;",
  ]);
});
