import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { tasks } from "../tasks/registry.ts";
import { loadPlugins, pluginContents } from "./plugins.ts";

const example = join(projectFolder, "examples", "class_mean_task.ts");

async function withModule(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "plugin.js");
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refuses(path: string, message: RegExp): Promise<void> {
  return assert.rejects(
    loadPlugins({ paths: [path], override: false }),
    (error) => error instanceof ConfigError && message.test(error.message),
  );
}

Deno.test("loadPlugins registers what a module brings, once, and hashes the module", async () => {
  const request = { paths: [example, example], override: false };
  const [plugin] = await loadPlugins(request);
  assert.deepEqual(plugin!.names, {
    task: ["class-mean"],
    student: [],
    teacher: [],
    method: [],
    dataset: [],
  });
  assert.equal(tasks.get("class-mean").version, 1);
  assert.deepEqual(await loadPlugins(request), [plugin, plugin]);
  assert.deepEqual(pluginContents([plugin!]), { "task class-mean": plugin!.hash });
  assert.match(plugin!.hash, /^[0-9a-f]{64}$/);
});

Deno.test("modules that are no plug-ins are refused with every reason", async () => {
  await refuses(join(projectFolder, "none.ts"), /there is no such file/);
  await withModule("export const task = 1;", (path) => refuses(path, /default export is missing/));
  await withModule("export default {};", (path) => refuses(path, /brings nothing/));
  await withModule("export default { tasks: [] }", (path) => refuses(path, /exports "tasks"/));
  await withModule("export default {", (path) => refuses(path, /Cannot load the plug-in/));
  await withModule(
    'export default { teacher: { name: "t" }, task: { name: 3 } };',
    (path) =>
      refuses(path, /task\.name is number.*task\.run is undefined.*teacher\.load is undefined/),
  );
});

Deno.test("a plug-in replaces what is built in only where that is asked for", () =>
  withModule(
    `export default {
      task: {
        name: "zero-shot", version: 7, settings: {}, needs: {}, metrics: [],
        classNames: () => [], templates: () => [], run() {},
      },
    };`,
    async (path) => {
      await refuses(path, /"zero-shot": the name is taken.*--plugin-override/);
      assert.equal(tasks.get("zero-shot").version, 1);
      await loadPlugins({ paths: [path], override: true });
      assert.equal(tasks.get("zero-shot").version, 7);
    },
  ));

Deno.test("a plug-in brings several things of every kind, and a taken name is told with its path", () =>
  withModule(
    `const task = (name) => ({
      name, version: 1, settings: {}, needs: {}, metrics: [],
      classNames: () => [], templates: () => [], run() {},
    });
    const load = () => {};
    export default {
      task: [task("own-one"), task("own-two")],
      method: { name: "own-method", version: 1, settings: {}, needs: {}, prepare() {} },
      dataset: [{ name: "own-data", load }],
      teacher: [{ name: "own-teacher", load }],
    };`,
    async (path) => {
      const [plugin] = await loadPlugins({ paths: [path], override: false });
      assert.deepEqual(plugin!.names.task, ["own-one", "own-two"]);
      assert.deepEqual(Object.keys(pluginContents([plugin!])), [
        "task own-one",
        "task own-two",
        "teacher own-teacher",
        "method own-method",
        "dataset own-data",
      ]);
      const [{ methods }, { datasetNames }] = await Promise.all([
        import("../core/methods/registry.ts"),
        import("../core/data/registry.ts"),
      ]);
      assert.ok(methods.names().includes("own-method") && datasetNames().includes("own-data"));
      await withModule(
        'export default { dataset: { name: "own-data", load() {} } };',
        (other) => refuses(other, new RegExp(`${other}: .*"own-data": the name is taken`)),
      );
      await withModule(
        "export default { task: [{}, 3] };",
        (other) => refuses(other, /task\[0\]\.name is undefined.*task\[1\]\.name/),
      );
    },
  ));
