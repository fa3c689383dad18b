import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../core/files.ts";
import { hashModules } from "./plugin_hash.ts";

Deno.test("hashModules() follows the files that a plug-in imports, directly and through others", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
    const path = join(folder, "plugin.ts");
    const hash = async () => await hashModules(path, await Deno.readFile(path));
    await write("plugin.ts", 'import { z } from "zod";\nexport default {};\n');
    assert.equal(await hash(), sha256(await Deno.readFile(path)));
    await write("plugin.ts", 'import { a } from "./a.ts";\nexport default { a };\n');
    await write("a.ts", 'export const a = async () => (await import("./b.ts")).b;\n');
    await write("b.ts", 'import "./a.ts";\nexport const b = 1;\n');
    const before = await hash();
    assert.equal(await hash(), before);
    await write("b.ts", 'import "./a.ts";\nexport const b = 2;\n');
    assert.notEqual(await hash(), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
