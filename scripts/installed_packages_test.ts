import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { arePackagesInstalled, neededPackages } from "./installed_packages.ts";

const lock = {
  specifiers: { "npm:@a/b@1.0.0": "1.0.0_c@2.0.0", "npm:c@2.0.0": "2.0.0" },
  npm: {
    "@a/b@1.0.0_c@2.0.0": { dependencies: ["c", "d_e@1.0.0"], optionalDependencies: ["b-darwin"] },
    "b-darwin@1.0.0": { os: ["darwin"] },
    "c@2.0.0": {},
    "d_e@1.0.0": { dependencies: ["c"] },
    "d_e@2.0.0": {},
  },
};

Deno.test("neededPackages() follows what is needed and not what is optional", () => {
  assert.deepEqual(neededPackages(lock, ["@a/b@1.0.0_c@2.0.0"])?.sort(), [
    "@a/b@1.0.0_c@2.0.0",
    "c@2.0.0",
    "d_e@1.0.0",
  ]);
  assert.equal(neededPackages(lock, ["x@1.0.0"]), undefined);
});

Deno.test("arePackagesInstalled() is false until everything is there, and after a change of versions", async () => {
  const folder = await Deno.makeTempDir();
  const modules = join(folder, "node_modules");
  const write = async (path: string, text: string) => {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  };
  try {
    const imports = { "b/": "npm:@a/b@1.0.0", c: "npm:c@2.0.0", own: "./own.ts" };
    await write("deno.json", JSON.stringify({ imports }));
    await write("deno.lock", JSON.stringify(lock));
    assert.ok(!arePackagesInstalled(folder));
    for (const name of ["@a+b@1.0.0", "c@2.0.0", "d_e@1.0.0"]) {
      assert.ok(!arePackagesInstalled(folder), `without ${name}`);
      await write(`node_modules/.deno/${name}/.initialized`, "");
    }
    assert.ok(!arePackagesInstalled(folder), "without links");
    await Deno.mkdir(join(modules, "@a"));
    await Deno.symlink("../.deno/@a+b@1.0.0", join(modules, "@a", "b"));
    await Deno.symlink(".deno/c@2.0.0", join(modules, "c"));
    assert.ok(arePackagesInstalled(folder));
    await write("node_modules/.deno/c@1.0.0/.initialized", "");
    await Deno.remove(join(modules, "c"));
    await Deno.symlink(".deno/c@1.0.0", join(modules, "c"));
    assert.ok(!arePackagesInstalled(folder), "a link to another version");
    await write("deno.lock", "{");
    assert.ok(!arePackagesInstalled(folder), "a damaged lock file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("arePackagesInstalled() knows this project's packages: its tests run with them", () => {
  assert.ok(arePackagesInstalled());
});
