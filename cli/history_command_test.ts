import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openHistory } from "../core/history/history.ts";
import { syntheticNights } from "../core/history/testdata/synthetic_nights.ts";
import { formatResult } from "../core/results/result_schema.ts";
import type { ResultFile } from "../core/results/result.ts";
import { runCommand } from "../core/testdata/run_command.ts";

const run = (...args: string[]) => runCommand(["history", ...args]);

const result: ResultFile = JSON.parse(
  await Deno.readTextFile(new URL("../reports/testdata/result.json", import.meta.url)),
);

Deno.test("history add, merge, list, show, chart, page and export", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "h", "history.sqlite");
  const at = ["--history", path];
  try {
    const missing = await run("list", ...at);
    assert.equal(missing.code, 3);
    assert.match(missing.errors, /there is no such file\. The first night makes it/);

    const runFolder = join(folder, "run");
    await Deno.mkdir(runFolder);
    await Deno.writeTextFile(join(runFolder, "result.json"), formatResult(result));
    const time = ["--time", "2026-02-01T02:00:00Z"];
    const added = await run("add", runFolder, ...at, ...time, "--branch", "main");
    assert.equal(added.code, 0, added.errors);
    assert.match(added.output, /history\.sqlite: 1 night added, 0 already there\.\n$/);
    const again = await run("add", join(runFolder, "result.json"), ...at, "--branch", "main");
    assert.match(again.output, /0 nights added, 1 already there/);
    assert.match(again.errors, /is there already, as the night of 2026-02-01T02:00:00/);
    const early = await run(
      ...["add", runFolder, ...at, "--time", "2026-01-01T00:00:00Z", "--branch", "main"],
    );
    assert.equal(early.code, 3);
    assert.match(early.errors, /The clock went backwards, or the night is an older one/);
    assert.equal((await run("add", folder, ...at)).code, 3);
    assert.equal((await run("add", runFolder, ...at, "--time", "noon")).code, 2);

    const other = join(folder, "other.sqlite");
    {
      using history = await openHistory(other);
      await history.addAll(syntheticNights({ nights: 40, positions: 6, lossAt: 30 }));
    }
    const merged = await run("merge", other, ...at, "--json");
    assert.equal(merged.code, 0, merged.errors);
    assert.deepEqual(JSON.parse(merged.output), { history: path, added: 40, alreadyThere: 0 });
    const before = await Deno.readFile(path);
    assert.match(
      (await run("merge", other, other, ...at)).output,
      /0 nights added, 80 already there/,
    );
    assert.deepEqual(await Deno.readFile(path), before);

    for (
      const command of [["list"], ["list", "--nights"], ["page"], ["export", "--format", "csv"]]
    ) {
      for (const option of ["--size", "--branch", "--machine"]) {
        const out = command[0] === "page" ? ["--out", join(folder, "page.html")] : [];
        const none = await run(...command, option, "typo", ...out, ...at);
        assert.equal(none.code, 2, `${command} ${option}`);
        assert.match(none.errors, /has no (number|night) that fits "typo"/);
      }
    }
    for (const command of ["page", "export"]) {
      const over = await run(
        command,
        ...command === "export" ? ["--format", "csv"] : [],
        ...at,
        "--out",
        path,
      );
      assert.equal(over.code, 2, command);
      assert.match(over.errors, /is read by this command and would be lost/);
    }
    const damaged = join(folder, "damaged.sqlite");
    await Deno.copyFile(other, damaged);
    const database = new DatabaseSync(damaged);
    database.exec("UPDATE numbers SET value = value + 1");
    database.close();
    const third = join(folder, "third.sqlite");
    {
      using history = await openHistory(third);
      await history.addAll(syntheticNights({ nights: 3, positions: 2, lossAt: 2 }));
    }
    assert.equal((await run("merge", third, damaged, ...at)).code, 3);
    assert.deepEqual(await Deno.readFile(path), before, "nothing of the first is merged");

    const listed = await run("list", "table2/row-*", ...at);
    assert.match(listed.output, /table2\/row-000\/zs\/val .*▼ worse 2024-01-31/);
    assert.match(listed.output, /\n6 numbers\n$/);
    const nights = JSON.parse((await run("list", "--nights", "--json", ...at)).output);
    assert.equal(nights.length, 41);
    const shown = await run("show", "table2/row-000/zs/val", ...at, "--last", "3");
    assert.match(shown.output, /… and 37 earlier nights; all by --last 40/);
    const json = JSON.parse((await run("show", "table2/row-000/*", ...at, "--json")).output);
    assert.equal(json[0].points.length, 40);
    assert.equal(json[0].moves[0].index, 30);
    assert.match((await run("chart", "table2/row-000/zs/val", ...at)).output, /[\u2801-\u28ff]/);
    const unknown = await run("show", "table2/row-000/zs/vall", ...at);
    assert.equal(unknown.code, 2);
    assert.match(unknown.errors, /Did you mean "table2\/row-000\/zs\/val"/);

    const page = join(folder, "out", "page.html");
    const written = await run("page", ...at, "--out", page, "--branch", "main");
    assert.equal(written.code, 0, written.errors);
    assert.match(await Deno.readTextFile(page), /^<!doctype html>/);
    for (const format of ["csv", "jsonl", "parquet"]) {
      const file = join(folder, "out", `numbers.${format}`);
      const exported = await run("export", ...at, "--out", file);
      assert.equal(exported.code, 0, exported.errors);
      assert((await Deno.stat(file)).size > 1000);
    }
    const csv = await run("export", "table2/row-000/*", ...at, "--format", "csv");
    assert.equal(csv.output.split("\n").length, 42);
    assert.equal((await run("export", ...at)).code, 2);
    assert.equal((await run("export", ...at, "--format", "parquet")).code, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
