import assert from "node:assert/strict";
import type { z } from "zod";
import { methods } from "./registry.ts";

Deno.test("methods have defaults and descriptions for all their settings", () => {
  assert.deepEqual(methods.names(), [
    "lgd",
    "seed",
    "bingo",
    "feature-regression",
    "compress",
    "smd",
    "disco",
    "moco-v2",
    "supervised",
    "random",
  ]);
  for (const name of methods.names()) {
    const method = methods.get(name);
    assert.equal(method.name, name);
    assert(method.needs.views >= 1);
    const schema = method.settings as unknown as z.ZodObject;
    assert.deepEqual(Object.keys(schema.parse({})), Object.keys(schema.shape));
    for (const [key, setting] of Object.entries(schema.shape)) {
      assert(setting.description, `${name}.${key} has a description`);
    }
    assert.throws(() => schema.parse({ unheardOf: 1 }), /unheardOf/);
  }
});
