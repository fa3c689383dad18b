import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../core/files.ts";
import { readSmallResult } from "../reports/testdata/small_result.ts";
import { commandAccess } from "../cli/permissions.ts";
import { replaceBlock, updateReadme } from "./update_readme.ts";

const readme = await Deno.readTextFile(join(projectFolder, "README.md"));

Deno.test("README.md credits every icon set", () => {
  assert.equal(updateReadme(readme), readme);
});

Deno.test("the blocks of README.md are filled from a result, again and again", () => {
  const once = updateReadme(readme, readSmallResult());
  assert.match(once, /<!-- table:begin -->\n\|/);
  assert.match(once, /Differences, in points/);
  assert.match(once, /Made by lgd-bench .* cores/);
  assert.equal(updateReadme(once, readSmallResult()), once);
  assert.throws(() => replaceBlock("nothing", "table", "x"), /there is no block "table"/);
});

Deno.test("README.md names only commands and files that there are", async () => {
  const text = readme.replaceAll(/\\\n\s*/g, "");
  const tasks = Object.keys(
    (JSON.parse(await Deno.readTextFile(join(projectFolder, "deno.json"))) as {
      tasks: Record<string, string>;
    }).tasks,
  );
  for (const [, name] of text.matchAll(/deno(?:@[\d.]+)? task ([\w:-]+)/g)) {
    assert.ok(tasks.includes(name!), `deno task ${name}`);
  }
  for (const command of Object.keys(commandAccess)) {
    assert.ok(text.includes(`task ${command}`), `${command} is not in README.md`);
  }
  for (const [, path] of text.matchAll(/\]\((?!https?:)([^)#\s]+)\)/g)) {
    assert.ok(await Deno.stat(join(projectFolder, path!)).then(() => true, () => false), path);
  }
});
