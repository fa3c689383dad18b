import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { namesOption, positiveOption, wholeNumberOption } from "./script_options.ts";

Deno.test("wholeNumberOption, positiveOption and namesOption refuse what would try nothing", () => {
  assert.equal(wholeNumberOption("--kills", "60", 1), 60);
  assert.equal(positiveOption("--minutes", "0.5"), 0.5);
  assert.equal(positiveOption("--minutes", "Infinity"), Infinity);
  assert.deepEqual(namesOption("--kinds", "b, a", ["a", "b", "c"]), ["a", "b"]);
  for (const text of ["0", "-1", "1.5", "x", "", "1e99"]) {
    assert.throws(() => wholeNumberOption("--kills", text, 1), ConfigError, text);
  }
  for (const text of ["0", "-1", "abc", " ", "NaN"]) {
    assert.throws(() => positiveOption("--minutes", text), ConfigError, text);
  }
  for (const text of ["foo", "a,foo", ""]) {
    assert.throws(
      () => namesOption("--kinds", text, ["a"]),
      /--kinds: expected names from a,/,
      text,
    );
  }
});

Deno.test("scripts that would try nothing end with exit code 2 and say what they expected", async () => {
  const refuse = async (expected: RegExp, script: string, ...args: string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "-A", "--no-check", join("scripts", script), ...args],
      cwd: projectFolder,
      stdin: "null",
      stdout: "null",
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assert.equal(code, 2, `${script} ${args.join(" ")}: ${errors}`);
    assert.match(errors, expected);
  };
  await refuse(/--kills: expected a whole number from 1, got "0"/, "kill_runs.ts", "--kills", "0");
  await refuse(/--kills: .*got "many"/, "kill_runs.ts", "--kills", "many");
  await refuse(/error: .*--kils/, "kill_runs.ts", "--kils", "3");
  await refuse(/--kinds: expected names from store, folder/, "race_runs.ts", "--kinds", "foo");
  await refuse(/--rounds: expected a whole number from 1/, "race_runs.ts", "--rounds", "0");
  await refuse(/--files: no source file matches "no\/\*\*"/, "mutants.ts", "--files", "no/**");
  await refuse(/--minutes: expected a number above 0/, "fuzz.ts", "--minutes", "abc");
  await refuse(/--seed: expected a whole number from 0, got "x"/, "fuzz.ts", "--seed", "x");
  await refuse(/There is no parser "foo"/, "fuzz.ts", "--parser", "foo");
});
