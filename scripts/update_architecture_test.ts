import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { architecturePath, listFloors, updateArchitecture } from "./update_architecture.ts";

const text = await Deno.readTextFile(architecturePath);

Deno.test("docs/architecture.md shows the floors that imports are checked by", async () => {
  assert.equal(updateArchitecture(text, await listFloors()), text);
});

Deno.test("docs/architecture.md says of every room what is in it", async () => {
  for (const room of (await listFloors()).flat()) {
    assert.match(text, new RegExp(`^\\| .*\`${room}\`.*\\|`, "m"), `no line for ${room}`);
  }
});

Deno.test("docs/architecture.md names only files that there are", async () => {
  const folder = join(dirname(architecturePath), "..");
  const paths = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]*|mod\.ts|deno\.json)`/g)]
    .map(([, path]) => path!);
  assert.ok(paths.length > 20);
  for (const path of paths) {
    // What a run makes is not there before it.
    if (/^(runs|models|outcomes|evidence|work|report|\.cache)\b/.test(path)) continue;
    assert.ok(await Deno.stat(join(folder, path)).then(() => true, () => false), path);
  }
});
