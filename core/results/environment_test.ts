import assert from "node:assert/strict";
import { join } from "node:path";
import { describeEnvironmentChanges, readEnvironment, readGitCommit } from "./environment.ts";

Deno.test("readEnvironment knows the machine and the versions that change numbers", async () => {
  const environment = await readEnvironment();
  assert.equal(environment["deno"], Deno.version.deno);
  assert.match(String(environment["onnxruntime"]), /^\d+\.\d+\.\d+/);
  assert.match(String(environment["sharp"]), /^\d+\.\d+\.\d+/);
  assert.ok(Number(environment["cores"]) >= 1);
  const other = { ...environment, onnxruntime: "0.1.0" };
  assert.deepEqual(describeEnvironmentChanges(environment, environment), []);
  assert.match(describeEnvironmentChanges(other, environment).join(), /^onnxruntime: 0.1.0 when/);
});

Deno.test("readGitCommit reads loose, packed and detached heads, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const write = async (name: string, text: string) =>
    await Deno.writeTextFile(join(folder, ".git", name), text);
  try {
    assert.equal(await readGitCommit(folder), null);
    await Deno.mkdir(join(folder, ".git", "refs", "heads"), { recursive: true });
    await write("HEAD", "ref: refs/heads/main\n");
    assert.equal(await readGitCommit(folder), null);
    await write("packed-refs", `# pack-refs\n${commit} refs/heads/main\n`);
    assert.equal(await readGitCommit(folder), commit);
    await write("refs/heads/main", "f".repeat(40) + "\n");
    assert.equal(await readGitCommit(folder), "f".repeat(40));
    await write("HEAD", commit + "\n");
    assert.equal(await readGitCommit(folder), commit);
    await write("HEAD", "ref: refs/../../secret\n");
    assert.equal(await readGitCommit(folder), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
