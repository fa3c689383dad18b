import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import type { Teacher } from "./teacher.ts";
import { TeacherRegistry } from "./teacher_registry.ts";

function toyRegistry(): { registry: TeacherRegistry; made: string[] } {
  const registry = new TeacherRegistry(), made: string[] = [];
  const load = (name: string) => () => {
    made.push(name);
    return Promise.resolve({ name } as Teacher);
  };
  registry.register("plain", load("plain"));
  registry.registerFamily("tinted", {
    argument: "COLOUR",
    description: "plain in a colour",
    create(argument) {
      if (argument === "") throw new ConfigError("expected a colour");
      return load(argument);
    },
  });
  return { registry, made };
}

Deno.test("TeacherRegistry makes a teacher of a family from what follows the colon", async () => {
  const { registry, made } = toyRegistry();
  await registry.get("tinted:red")();
  await registry.get("plain")();
  assert.deepEqual(made, ["red", "plain"]);
  assert.deepEqual(registry.names(), ["plain"]);
  assert.deepEqual([...registry.families().keys()], ["tinted"]);
  assert.deepEqual(
    ["plain", "tinted:red", "tinted", "plain:red", "other"].map((name) => registry.has(name)),
    [true, true, false, false, false],
  );
});

Deno.test("TeacherRegistry names families beside teachers where a name is unknown", () => {
  const { registry } = toyRegistry();
  for (const name of ["tinted", "plan", "plain:red"]) {
    assert.throws(
      () => registry.get(name),
      (error) =>
        error instanceof ConfigError && /Unknown teacher/.test(error.message) &&
        /Available: plain, tinted:COLOUR/.test(error.message),
      name,
    );
  }
  assert.throws(() => registry.get("tinted:"), /expected a colour/);
});

Deno.test("TeacherRegistry refuses names that are taken", () => {
  const { registry } = toyRegistry();
  const family = { argument: "A", description: "", create: () => registry.get("plain") };
  for (const name of ["plain", "tinted", "a:b"]) {
    assert.throws(() => registry.registerFamily(name, family), ConfigError, name);
  }
});
