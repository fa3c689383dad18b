import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { DataError, TryAgainError } from "../errors.ts";
import { ClockError } from "./history_errors.ts";
import { openHistory } from "./history.ts";
import { makeNight, type NightRecord } from "./night_record.ts";
import { runProcess } from "./testdata/run_process.ts";
import { syntheticNights } from "./testdata/synthetic_nights.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A night with few numbers. */
function night(day: number, value = 40 + day, more: Partial<NightRecord> = {}): NightRecord {
  const { id: _id, ...content } = {
    id: "",
    time: new Date(Date.UTC(2026, 0, day, 2)).toISOString(),
    commit: String(day % 10).repeat(40),
    branch: "main",
    machine: "a machine",
    table: "table2",
    size: "mini",
    numbers: [
      { position: "table2/b/zs/val", value: value + 1, low: value, high: value + 2, samples: 121 },
      { position: "table2/a/zs/val", value, seeds: 3, meaning: { unit: "%", scope: "zero-shot" } },
    ],
    ...more,
  };
  return makeNight(content);
}

const bytesOf = (path: string) => Deno.readFile(path);

Deno.test("History gives back the nights that were added, by time", () =>
  inFolder(async (folder) => {
    const path = join(folder, "new", "history.sqlite");
    using history = await openHistory(path);
    assert.deepEqual(await history.nights(), []);
    assert.deepEqual(await history.series("table2/a/zs/val"), []);
    assert.equal(await history.add(night(1)), "added");
    assert.equal(await history.add(night(2, 44.5)), "added");
    assert.equal(await history.add(night(1)), "already there");
    assert.deepEqual(await history.records(), [night(1), night(2, 44.5)]);
    assert.deepEqual(await history.positions(), ["table2/a/zs/val", "table2/b/zs/val"]);
    const [first, second] = await history.series("table2/a/zs/val");
    assert.deepEqual([first!.value, second!.value, second!.seeds], [41, 44.5, 3]);
    assert.equal(first!.commit, "1".repeat(40));
    const [, other] = await history.series("table2/b/zs/val");
    assert.deepEqual([other!.low, other!.value, other!.high], [44.5, 45.5, 46.5]);
    const [summary] = await history.nights();
    assert.equal(summary!.count, 2);
    assert.equal("numbersHash" in summary!, false);
    // Another process finds the same.
    using again = await openHistory(path, { readOnly: true });
    assert.deepEqual(await again.records(), await history.records());
    // Nothing is left beside the file.
    assert.deepEqual([...Deno.readDirSync(join(folder, "new"))].map(({ name }) => name), [
      "history.sqlite",
    ]);
  }));

Deno.test("History.merge gives the same file whichever way and however often", () =>
  inFolder(async (folder) => {
    const parts = [
      [night(1), night(2), night(5)],
      [night(2), night(3, 40, { branch: "other" }), night(4)],
      [night(5), night(5, 1, { machine: "another machine" })],
    ];
    const make = async (name: string, nights: readonly NightRecord[]) => {
      const path = join(folder, name);
      using history = await openHistory(path);
      await history.addAll(nights, { anyTime: true });
      return path;
    };
    const paths = await Promise.all(parts.map((nights, index) => make(`part${index}`, nights)));
    const all = await make("all", parts.flat());
    const expected = await bytesOf(all);
    for (const [index, order] of [[0, 1, 2], [2, 1, 0], [1, 1, 2, 0, 1, 2]].entries()) {
      const path = join(folder, `merged${index}`);
      using merged = await openHistory(path);
      for (const which of order) {
        using part = await openHistory(paths[which]!, { readOnly: true });
        await merged.merge(part);
      }
      assert.deepEqual(await bytesOf(path), expected);
      using whole = await openHistory(all);
      assert.deepEqual(await merged.merge(whole), { added: 0, alreadyThere: 6 });
      assert.deepEqual(await whole.merge(merged), { added: 0, alreadyThere: 6 });
      assert.deepEqual(await merged.merge(merged), { added: 0, alreadyThere: 6 });
      assert.deepEqual(await bytesOf(path), expected);
    }
  }));

Deno.test("History.merge of random histories is a union of sets", () =>
  inFolder(async (folder) => {
    const nights = syntheticNights({ nights: 12, positions: 5 });
    const choose = (word: number) => nights.filter((_, index) => (word >> index) & 1);
    for (const [round, words] of [[0b101101101101, 0b011011011010], [1, 0], [7, 7]].entries()) {
      const files: Uint8Array[] = [];
      for (const order of [words, words.toReversed()]) {
        const path = join(folder, `${round}-${order.join("-")}-${files.length}`);
        using into = await openHistory(path);
        for (const word of order) {
          using part = await openHistory(join(folder, `${round}-part-${word}-${files.length}`));
          await part.addAll(choose(word), { anyTime: true });
          await into.merge(part);
        }
        const expected = nights.filter((_, index) => ((words[0]! | words[1]!) >> index) & 1);
        assert.deepEqual(await into.records(), expected);
        files.push(await bytesOf(path));
      }
      assert.deepEqual(files[0], files[1]);
    }
  }));

Deno.test("History.add refuses a night before the latest one, and one in the future", () =>
  inFolder(async (folder) => {
    using history = await openHistory(join(folder, "history.sqlite"));
    await history.add(night(5));
    await assert.rejects(history.add(night(4)), (error: unknown) => {
      assert(error instanceof ClockError);
      assert.match(error.message, /2026-01-04.*later one.*2026-01-05.*The clock went backwards/);
      assert.match(error.message, /--any-time/);
      assert.equal(error.exitCode, 3);
      return true;
    });
    const future = night(6, 1, { time: new Date(Date.now() + 48 * 3600 * 1000).toISOString() });
    await assert.rejects(history.add(future), /lies in the future/);
    assert.equal((await history.nights()).length, 1);
    // The same night again is no trouble, nor one of another table, size or branch.
    assert.equal(await history.add(night(5)), "already there");
    assert.equal(await history.add(night(4, 1, { branch: "other" })), "added");
    assert.equal(await history.add(night(4, 1, { size: "smoke" })), "added");
    assert.equal(await history.add(night(4), { anyTime: true }), "added");
    assert.equal((await history.nights()).length, 4);
  }));

Deno.test("History.add keeps two nights of the same time that measured different things", () =>
  inFolder(async (folder) => {
    using history = await openHistory(join(folder, "history.sqlite"));
    await history.add(night(1, 40));
    await history.add(night(1, 41));
    assert.equal((await history.series("table2/a/zs/val")).length, 2);
    const forged = { ...night(2), id: night(1).id };
    await assert.rejects(history.add(forged), /its id is .*, expected the hash of its content/);
    const { id: _id, ...content } = night(3);
    const [number] = content.numbers;
    for (
      const [numbers, message] of [
        [[], /Too small/],
        [[{ ...number!, value: NaN }], /received NaN/],
        [[number!, number!], /is there twice/],
        [[{ ...number!, low: 2, high: 1 }], /low ≤ high/],
      ] as const
    ) {
      assert.throws(() => makeNight({ ...content, numbers }), message);
    }
    assert.throws(() => makeNight({ ...content, time: "yesterday" }), /Invalid ISO datetime/);
  }));

Deno.test("openHistory names what is wrong with a file and changes nothing", () =>
  inFolder(async (folder) => {
    const path = join(folder, "history.sqlite");
    {
      using history = await openHistory(path);
      await history.addAll([night(1), night(2)]);
    }
    const whole = await bytesOf(path);
    const refused = async (bytes: Uint8Array | string, message: RegExp, name = "bad.sqlite") => {
      const bad = join(folder, name);
      await Deno.writeFile(
        bad,
        typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
      );
      const before = await bytesOf(bad);
      await assert.rejects(openHistory(bad), (error: unknown) => {
        assert(error instanceof DataError, String(error));
        assert.match(error.message, message);
        assert.equal(error.exitCode, 3);
        return true;
      });
      assert.deepEqual(await bytesOf(bad), before);
    };
    await refused("", /damaged.*(empty|nothing)/);
    await refused("version https://git-lfs.github.com/spec/v1\n", /Git LFS pointer/);
    await refused("not a database at all ".repeat(300), /is not an SQLite database/);
    await refused(whole.subarray(0, 5000), /damaged/);
    await refused(whole.subarray(0, 4096), /damaged/);
    const other = join(folder, "other.sqlite");
    {
      using database = new DatabaseSync(other);
      database.exec("CREATE TABLE words (word TEXT)");
    }
    await assert.rejects(openHistory(other), /SQLite database of another program/);
    await assert.rejects(openHistory(folder), /it is a folder or a device/);
    await assert.rejects(openHistory(join(folder, "none"), { readOnly: true }), /no such file/);
    await assert.rejects(
      openHistory(join(path, "below")).then((history) => history.add(night(3))),
      DataError,
    );
    const newer = join(folder, "newer.sqlite");
    await Deno.copyFile(path, newer);
    {
      using database = new DatabaseSync(newer);
      database.exec("PRAGMA user_version = 2");
    }
    await assert.rejects(
      openHistory(newer),
      /written by a newer version of lgd-bench \(schema 2, expected at most 1\)/,
    );
  }));

Deno.test("History finds every changed value", () =>
  inFolder(async (folder) => {
    const path = join(folder, "history.sqlite");
    {
      using history = await openHistory(path);
      await history.addAll([night(1), night(2)]);
    }
    for (
      const change of [
        "UPDATE numbers SET value = value + 1e-9 WHERE night = 2",
        "UPDATE numbers SET low = 0 WHERE low IS NOT NULL",
        "UPDATE numbers SET seeds = 4 WHERE seeds IS NOT NULL",
        "UPDATE texts SET content = replace(content, '%', '')",
        "UPDATE nights SET git_commit = 'x'",
        "UPDATE nights SET time = replace(time, '2026', '2025')",
        "DELETE FROM numbers WHERE night = 2",
        "DELETE FROM nights WHERE night = 2",
        "UPDATE positions SET name = 'table2/a/zs/ood' WHERE position = 1",
        "DELETE FROM positions WHERE position = 2",
        "UPDATE nights SET numbers_hash = 'x'",
        "DELETE FROM seal",
        "DROP TABLE texts",
      ]
    ) {
      const changed = join(folder, "changed.sqlite");
      await Deno.copyFile(path, changed);
      {
        using database = new DatabaseSync(changed, { enableForeignKeyConstraints: false });
        database.exec(change);
      }
      const read = async () => {
        using history = await openHistory(changed);
        await history.content();
        await history.lines();
      };
      await assert.rejects(read(), /is damaged/, change);
      // Nothing is added to what cannot be read.
      const before = await bytesOf(changed);
      await assert.rejects(async () => {
        using history = await openHistory(changed);
        await history.add(night(3));
      }, /is damaged/);
      assert.deepEqual(await bytesOf(changed), before, change);
    }
  }));

Deno.test("History.add says that the file is locked, and waits for a short lock", () =>
  inFolder(async (folder) => {
    const path = join(folder, "history.sqlite");
    using history = await openHistory(path, { waitSeconds: 0.2 });
    await history.add(night(1));
    const before = await bytesOf(path);
    // A lock of SQLite belongs to the process.
    const holder = await runProcess("hold_lock.ts", [path]);
    assert.equal(await holder.nextLine(), "locked");
    await assert.rejects(history.add(night(2)), (error: unknown) => {
      assert(error instanceof TryAgainError, String(error));
      assert.match(error.message, /is locked by another program.*nothing was changed/);
      assert.equal(error.exitCode, 75);
      return true;
    });
    assert.deepEqual(await bytesOf(path), before);
    // A lock is gone with its process; who waits for it goes on.
    const waiting = (async () => {
      using patient = await openHistory(path, { waitSeconds: 120 });
      return await patient.add(night(2));
    })();
    await holder.kill();
    assert.equal(await waiting, "added");
  }));

Deno.test("two processes that add at once lose nothing", () =>
  inFolder(async (folder) => {
    const path = join(folder, "history.sqlite");
    const processes = await Promise.all(
      [0, 1, 2].map((which) => runProcess("add_nights.ts", [path, String(which), "6"])),
    );
    for (const process of processes) await process.end();
    using history = await openHistory(path, { readOnly: true });
    assert.equal((await history.nights()).length, 18);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["history.sqlite"]);
  }));

Deno.test("a history is whole after kill -9 at any moment", () =>
  inFolder(async (folder) => {
    const path = join(folder, "history.sqlite");
    let least = 0;
    for (const milliseconds of [0, 2, 4, 7, 11, 16, 25, 40, 60, 90]) {
      const process = await runProcess("add_nights.ts", [path, String(milliseconds), "1000"]);
      assert.equal(await process.nextLine(), "ready");
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await process.kill();
      using history = await openHistory(path);
      const nights = await history.records();
      assert(nights.length >= least);
      least = nights.length;
      // The next night goes on.
      const day = night(2, 42, { branch: `after ${milliseconds}` });
      assert.equal(await history.add(day, { anyTime: true }), "added");
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.deepEqual(names, ["history.sqlite"], "leftovers are removed by the next night");
      least++;
    }
    assert(least >= 10);
  }));

Deno.test("History cannot be written where its folder cannot be made, and says so", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const history = join(folder, "file", "history.sqlite");
    await Deno.writeTextFile(join(folder, "file"), "not a folder");
    await assert.rejects(
      async () => {
        using opened = await openHistory(history);
        await opened.add(night(1));
      },
      (error) =>
        error instanceof DataError && error.message.includes(history) &&
        /a part of its path is a file, expected a folder/.test(error.message),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
