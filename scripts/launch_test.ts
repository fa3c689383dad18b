import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { buildProgram, commandNames } from "../cli.ts";
import { commandAccess, startedPrograms, writableFolders } from "../cli/permissions.ts";
import { userPath } from "../core/paths.ts";
import { projectFolder } from "../core/files.ts";
import { permissionArguments } from "./launch.ts";

const cache = Deno.env.get("LGD_BENCH_CACHE") ?? join(projectFolder, ".cache");

Deno.test("writableFolders is the run folder and the cache, whatever the order of options", () => {
  assert.deepEqual(writableFolders(["reproduce", "table2"]), [
    "runs/table2-mini",
    "runs/store",
    cache,
  ]);
  assert.deepEqual(writableFolders(["reproduce", "--size", "smoke", "--json", "table2"]), [
    "runs/table2-smoke",
    "runs/store",
    cache,
  ]);
  const out = resolve("/x"), store = resolve("/y");
  const named = ["reproduce", "table2", "--set", "a.b=c", `--out=${out}`, "--store", store];
  assert.deepEqual(writableFolders(named), [out, store, cache]);
  assert.deepEqual(writableFolders(["distill", "--student", "../x/..", "--seed=3"]), [
    "runs/distill-lgd-__x__-seed3",
    "runs/store",
    cache,
  ]);
  assert.deepEqual(writableFolders(["evaluate", "a.safetensors", "--task", "zero-shot"]), [
    "runs/store",
    cache,
  ]);
  assert.deepEqual(writableFolders(["export", "runs/a/b.safetensors"]), [
    userPath("runs/a/export"),
    // A detector is compared with its export on images of its data.
    cache,
  ]);
  assert.deepEqual(writableFolders(["report", "runs/a"]), [userPath("runs/a/report")]);
  assert.deepEqual(writableFolders(["report", "a", "b"]), ["runs"]);
  assert.deepEqual(writableFolders(["compare", "a", "b"]), []);
  assert.deepEqual(writableFolders(["store", "list", "--store", "x"]), []);
  assert.deepEqual(writableFolders(["store", "--keep", "verify", "prune"]), ["runs/store"]);
  assert.deepEqual(writableFolders(["store", "prune", "--store=x", "--yes"]), [
    userPath("x"),
  ]);
  assert.deepEqual(writableFolders(["reproduce", "--help"]), []);
  assert.deepEqual(writableFolders(["toString"]), []);
});

Deno.test("permissionArguments never allow the network, subprocesses or writing everywhere", () => {
  const args = permissionArguments(["reproduce", "table2"]);
  assert.ok(!args.some((arg) => /^--allow-(net|run|all|import)|^-A$|^-N$/.test(arg)));
  assert.ok(args.includes("--no-remote"));
  const write = args.filter((arg) => arg.startsWith("--allow-write"));
  assert.deepEqual(write, [
    `--allow-write=${resolve("runs/table2-mini")},${resolve("runs/store")},${cache}`,
  ]);
  assert.ok(!permissionArguments(["compare", "a", "b"]).some((arg) => arg.includes("write")));
});

Deno.test("permissionArguments let Deno look at the packages where plug-ins may bring some", () => {
  const looks = (args: readonly string[]) =>
    !permissionArguments(args).includes("--node-modules-dir=manual");
  assert.ok(!looks(["reproduce", "table2"]));
  assert.ok(looks(["reproduce", "table2", "--plugin", "a.ts"]));
  assert.ok(looks(["reproduce", "--plugin=a.ts", "table2"]));
});

Deno.test("only bench and nightly may start programs: ours, the peer's interpreter, git", () => {
  assert.deepEqual(startedPrograms(["bench", "--python=/opt/python"]), [
    Deno.execPath(),
    "/opt/python",
  ]);
  assert.deepEqual(startedPrograms(["bench", "--help"]), []);
  const starting = Object.keys(commandAccess).filter((name) => startedPrograms([name]).length > 0);
  assert.deepEqual(starting, ["nightly", "bench"]);
});

Deno.test("the launcher knows every command and every option that takes a value", async () => {
  const program = await buildProgram("0.0.0");
  const commands = program.commands.map((command) => command.name());
  assert.deepEqual(commands, commandNames);
  assert.deepEqual([...commands].sort(), Object.keys(commandAccess).sort());
  for (const command of program.commands) {
    const all = [command, ...command.commands].flatMap(({ options }) => options);
    const options = new Set(
      all.filter((option) => option.required || option.optional)
        .map((option) => option.long!.slice(2)),
    );
    assert.deepEqual([...options], commandAccess[command.name()]!.valueOptions, command.name());
  }
});
