import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import type { Dataset } from "./dataset.ts";
import {
  datasetFamilyNames,
  datasetFamilyOf,
  datasetModules,
  datasetNames,
  getDataset,
  isEmbeddedDataset,
  registerDataset,
  registerDatasetFamily,
} from "./registry.ts";

const named = (name: string) => Promise.resolve({ name } as Dataset);

Deno.test("registerDataset adds a data set, once, under a name without spaces and colons", async () => {
  registerDataset("registry-one", () => named("first"), { module: "file:///one.ts" });
  assert.equal((await getDataset("registry-one")).name, "first");
  assert.ok(datasetNames().includes("registry-one"));
  assert.deepEqual(datasetModules("registry-one"), ["file:///one.ts"]);
  assert.throws(
    () => registerDataset("registry-one", () => named("second")),
    (error) =>
      error instanceof ConfigError && /"registry-one": the name is taken/.test(error.message),
  );
  registerDataset("registry-one", () => named("second"), { override: true });
  assert.equal((await getDataset("registry-one")).name, "second");
  assert.equal(datasetModules("registry-one"), undefined);
  for (const name of ["", "a b", "a:b", "a:"]) {
    assert.throws(() => registerDataset(name, () => named("")), ConfigError);
    assert.throws(() => registerDatasetFamily(name, () => named("")), ConfigError);
  }
});

Deno.test("registerDatasetFamily opens what follows the first colon", async () => {
  registerDatasetFamily("registry-family", (argument) => named(argument));
  assert.equal((await getDataset("registry-family:C:/x y")).name, "C:/x y");
  assert.ok(datasetFamilyNames().includes("registry-family"));
  assert.ok(!datasetNames().some((name) => name.includes(":")));
});

Deno.test("the registry says what a name means, and nobody looks for a colon", () => {
  assert.deepEqual(datasetFamilyOf("imagefolder:a:b"), { family: "imagefolder", argument: "a:b" });
  for (const name of ["emojinet-100", "file:names.txt", "registry:x", "imagefolder"]) {
    assert.equal(datasetFamilyOf(name), undefined, name);
  }
  assert.ok(isEmbeddedDataset("emojinet-100"));
  assert.ok(!isEmbeddedDataset("imagefolder:x"));
  registerDataset("registry-imagenet", () => named("imagenet"));
  assert.ok(!isEmbeddedDataset("registry-imagenet"));
  assert.deepEqual(datasetModules("emojinet-100"), []);
  assert.deepEqual(datasetModules("imagefolder:x"), []);
});
