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
    for (const branch of ["fix#12", "a+b", "größer", "a,b(c)"]) {
      await write("HEAD", `ref: refs/heads/${branch}\n`);
      await write(`refs/heads/${branch}`, "a".repeat(40) + "\n");
      assert.equal(await readGitCommit(folder), "a".repeat(40), branch);
    }
    await write("refs/heads/fix#12", "no commit\n");
    await write("HEAD", "ref: refs/heads/fix#12\n");
    assert.equal(await readGitCommit(folder), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readGitCommit reads a worktree, whose branches are in the repository's folder", async () => {
  const folder = await Deno.makeTempDir();
  const repository = join(folder, "project", ".git"),
    place = join(repository, "worktrees", "other");
  const worktree = join(folder, "other");
  try {
    await Deno.mkdir(place, { recursive: true });
    await Deno.mkdir(join(repository, "refs", "heads"), { recursive: true });
    await Deno.mkdir(worktree);
    for (const link of [place, join("..", "project", ".git", "worktrees", "other")]) {
      await Deno.writeTextFile(join(worktree, ".git"), `gitdir: ${link}\n`);
      await Deno.writeTextFile(join(place, "commondir"), "../..\n");
      await Deno.writeTextFile(join(place, "HEAD"), "ref: refs/heads/other\n");
      await Deno.writeTextFile(join(repository, "refs", "heads", "other"), "b".repeat(40) + "\n");
      assert.equal(await readGitCommit(worktree), "b".repeat(40), link);
    }
    await Deno.remove(join(repository, "refs", "heads", "other"));
    await Deno.writeTextFile(
      join(repository, "packed-refs"),
      `${"c".repeat(40)} refs/heads/other\n`,
    );
    assert.equal(await readGitCommit(worktree), "c".repeat(40));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
