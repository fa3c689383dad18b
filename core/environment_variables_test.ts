import assert from "node:assert/strict";
import { allowEnvironment, environmentVariables, readVariable } from "./environment_variables.ts";

Deno.test("readVariable() takes an empty variable for one that is not set", () => {
  const name = "LGD_BENCH_TEST_EMPTY";
  for (const empty of ["", "  "]) {
    Deno.env.set(name, empty);
    assert.equal(readVariable(name), undefined);
  }
  Deno.env.set(name, " x ");
  assert.equal(readVariable(name), " x ");
  Deno.env.delete(name);
  assert.equal(readVariable(name), undefined);
});

Deno.test("allowEnvironment() lets a command read what is listed, plug-ins' own names, and no more", async () => {
  const script = `
    for (const name of ["HOME", "LGD_BENCH_OF_A_PLUGIN", "SOME_TOKEN"]) {
      try { console.log(name, Deno.env.get(name)); } catch { console.log(name, "refused"); }
    }
    try { Deno.env.toObject(); console.log("all"); } catch { console.log("not all"); }
    Deno.exit(0);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-config", allowEnvironment(), file],
    env: { HOME: "/home/me", LGD_BENCH_OF_A_PLUGIN: "1", SOME_TOKEN: "secret" },
  }).output();
  await Deno.remove(file);
  assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
    "HOME /home/me",
    "LGD_BENCH_OF_A_PLUGIN 1",
    "SOME_TOKEN refused",
    "not all",
  ]);
});

Deno.test("every variable is listed once, with its meaning", () => {
  const names = environmentVariables.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, meaning } of environmentVariables) assert.ok(meaning.length > 5, name);
});
