import assert from "node:assert/strict";
import { findBypasses } from "./check_doors.ts";

const check = (path: string, text: string) => findBypasses([{ path, text }]);

Deno.test("findBypasses() finds printing, environment and place outside their modules", () => {
  const bypasses = [
    'console.log("x");',
    "const { error } = console;",
    "Deno.stdout.writeSync(bytes);",
    "process.stderr.write(text);",
    'alert("x");',
    'Deno.env.get("X");',
    "const { HOME } = process.env;",
    "Deno.cwd();",
    'import { homedir } from "node:os";',
  ];
  for (const code of bypasses) {
    const [problem, ...more] = check("pipeline/a.ts", `\n${code}\n`);
    assert.match(
      problem ?? "",
      /^pipeline\/a\.ts:2: "[^"]+" is for core\/\w+\.ts alone; use /,
      code,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(check("pipeline/a_test.ts", code), []);
    assert.deepEqual(check("scripts/a.ts", code), []);
  }
});

Deno.test("findBypasses() leaves the doors themselves, comments and words alone", () => {
  assert.deepEqual(check("core/output.ts", "Deno.stdout.writeSync(bytes);"), []);
  assert.deepEqual(check("core/environment_variables.ts", "Deno.env.get(name);"), []);
  assert.deepEqual(
    check("core/a.ts", "/** console.log(x) */\n// Deno.env\nconst prompts = 1;"),
    [],
  );
  assert.match(check("core/output.ts", "Deno.env.get(name);")[0]!, /environment_variables/);
});
