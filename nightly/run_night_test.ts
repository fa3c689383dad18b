import assert from "node:assert/strict";
import { join } from "node:path";
import { withImageFolder, writeClasses } from "../core/data/testdata/image_folder.ts";
import { ConfigError, DataError, LgdBenchError, TryAgainError } from "../core/errors.ts";
import { openHistory } from "../core/history/history.ts";
import { lockFolder } from "../core/store/lock.ts";
import { readTableBaseline, writeTableBaseline } from "./baseline.ts";
import { renderJunit } from "./junit.ts";
import { exitCodeOf, type NightReport } from "./night_report.ts";
import { type NightOptions, runNight } from "./run_night.ts";
import { renderSummary } from "./summary.ts";
import { renderSummaryText } from "./summary_text.ts";
import { writeNight } from "./write_night.ts";

/** A table without trainings: nearest neighbours by pixels. */
const recipe = (folder: string) => `
table: pixels
title: A small table
extends: distillation
columns:
  - { id: knn, group: Photos, header: 1-NN, task: pixel-nearest-neighbour, data: photos }
rows:
  - { id: one, block: B, method: 1-NN, kind: baseline, baseline: pixel-nearest-neighbour }
  - { id: two, block: B, method: Again, kind: baseline, baseline: pixel-nearest-neighbour }
protocol:
  data: { photos: "imagefolder:${folder}/photos" }
  pretrain: { imageSize: 16 }
  evaluation: { views: 1, splits: [val] }
sizes:
  smoke: { seeds: 1 }
  mini: { seeds: 1 }
  paper: { seeds: 1 }
`;

/** A folder for nights, with a table. */
async function withNights(
  use: (place: {
    folder: string;
    table: string;
    night: (change?: Partial<NightOptions>) => Promise<NightReport>;
  }) => Promise<void>,
): Promise<void> {
  await withImageFolder(async (folder) => {
    await writeClasses(join(folder, "photos", "train"), ["circle", "square"], 6);
    await writeClasses(join(folder, "photos", "val"), ["circle", "square"], 6);
    const table = join(folder, "pixels.yaml");
    await Deno.writeTextFile(table, recipe(folder));
    const night = (change: Partial<NightOptions> = {}) =>
      runNight({
        tables: [table],
        size: "smoke",
        folder: join(folder, "nights"),
        history: join(folder, "history.sqlite"),
        knownLosses: { path: join(folder, "known.yaml"), isNamed: false },
        tolerances: {},
        onProgress: () => {},
        ...change,
        run: { jobs: 1, ...change.run },
      });
    await use({ folder, table, night });
  });
}

const stateOf = (report: NightReport) => report.tables[0]!.state;

Deno.test("runNight() stores the first night, and finds the second the same", async () => {
  await withNights(async ({ folder, night }) => {
    const first = await night();
    assert.equal(stateOf(first), "first night");
    assert.equal(exitCodeOf(first), 0);
    assert.match(renderSummary(first), /first night, stored as the baseline/);
    const second = await night({ tolerances: { top1: 3, top9: 1, time: 0.2 } });
    assert.deepEqual(second.remarks, [
      "--tolerance top9 is of no number of this night; metrics: top1.",
    ]);
    assert.equal(stateOf(second), "judged");
    assert.equal(exitCodeOf(second), 0);
    assert.ok(second.judgements.length > 0);
    assert.ok(second.judgements.every(({ verdict }) => verdict === "same"));
    using history = await openHistory(join(folder, "history.sqlite"));
    assert.equal((await history.nights()).length, 2);
    const files = await writeNight(second, {
      folder: join(folder, "nights"),
      history: join(folder, "history.sqlite"),
    });
    assert.match(await Deno.readTextFile(files.report), /href="history\.html"/);
    assert.match(await Deno.readTextFile(files.junit), /failures="0" errors="0" skipped="0"/);
  });
});

Deno.test("runNight() says of every bad baseline what it is, and leaves it as it is", async () => {
  await withNights(async ({ folder, night }) => {
    await night();
    const path = join(folder, "nights", "baseline", "pixels-smoke.json");
    const whole = await Deno.readTextFile(path);
    const { checkedOf } = await import("./testdata/checked.ts");
    const cases: [string, RegExp, number][] = [
      [whole.replace('"first night"', '"last night"'), /damaged.*checksum/, 3],
      [whole.slice(0, 1000), /damaged.*not JSON/, 3],
      [checkedOf(whole, { schemaVersion: 99 }), /schemaVersion 99.*newer/, 3],
      [checkedOf(whole, { table: "table9" }), /it is of table9 at size smoke/, 2],
      [checkedOf(whole, { commit: "--orphan" }), /damaged.*expected a commit/s, 3],
      [checkedOf(whole, { kind: "speed" }), /expected that of a table/, 2],
    ];
    for (const [text, pattern, code] of cases) {
      await Deno.writeTextFile(path, text);
      const report = await night();
      assert.equal(stateOf(report), "no baseline");
      assert.match(report.tables[0]!.messages.join("\n"), pattern);
      assert.equal(exitCodeOf(report), code, `${pattern}`);
      assert.match(
        renderSummaryText(report, { width: 1000 }),
        /^Not judged in full: 1 baseline that cannot be used\n[\s\S]*--accept REASON/,
      );
      assert.equal(await Deno.readTextFile(path), text, "nothing is lost");
    }
    const accepted = await night({ accept: "a new start" });
    assert.equal(exitCodeOf(accepted), 0);
    const said = renderSummaryText(accepted, { width: 1000 });
    assert.match(said, /^Passed: accepted, and stored as the baseline\n/);
    assert.doesNotMatch(said, /REASON/);
    assert.equal(await Deno.readTextFile(`${path}.previous`), cases.at(-1)![0]);
    assert.equal(stateOf(await night()), "judged");
  });
});

Deno.test("runNight() judges by intervals where a baseline's evidence is damaged, and says when one is of the future", async () => {
  await withNights(async ({ folder, night }) => {
    await night();
    const path = join(folder, "nights", "baseline", "pixels-smoke.json");
    const { checkedOf } = await import("./testdata/checked.ts");
    const whole = await Deno.readTextFile(path);
    const { evidence } = JSON.parse(whole) as { evidence: Record<string, string> };
    const damaged = Object.fromEntries(Object.keys(evidence).map((key) => [key, btoa("no gzip")]));
    const time = "2099-01-01T00:00:00.000Z";
    await Deno.writeTextFile(path, checkedOf(whole, { evidence: damaged, time }));
    const report = await night();
    assert.equal(exitCodeOf(report), 0);
    const messages = report.tables[0]!.messages.join("\n");
    assert.match(messages, /without evidence of the same samples/);
    assert.match(messages, /of 2099-01-01T00:00:00\.000Z, which is still to come/);
  });
});

Deno.test("runNight() does not judge what measures something else, until it is accepted", async () => {
  await withNights(async ({ night }) => {
    await night();
    const change = { run: { set: ["pretrain.imageSize=24"] } };
    const report = await night(change);
    assert.equal(stateOf(report), "conflict");
    assert.equal(exitCodeOf(report), 2);
    assert.match(report.tables[0]!.messages[0]!, /pretrain\.imageSize is 16.*and 24/);
    assert.match(
      renderSummary(report),
      /^## Not judged in full: 1 table that measures something else/,
    );
    assert.match(renderJunit(report), /<skipped message="The baseline measures something else/);
    assert.equal(exitCodeOf(await night({ ...change, accept: "larger images" })), 0);
    assert.equal(stateOf(await night(change)), "judged");
  });
});

Deno.test("runNight() fails for a lost number, unless that is known, and for a table that cannot run", async () => {
  await withNights(async ({ folder, table, night }) => {
    await night();
    const whole = await Deno.readTextFile(table);
    await Deno.writeTextFile(table, whole.replace(/ {2}- \{ id: two.*\n/, ""));
    const report = await night();
    assert.equal(exitCodeOf(report), 1);
    assert.equal(report.tables[0]!.lost.length, 1);
    assert.match(renderSummary(report), /1 lost number/);
    const path = join(folder, "known.yaml");
    await Deno.writeTextFile(
      path,
      "losses: [{ table: pixels, cells: two.*, lost: true, reason: the row was removed }]",
    );
    assert.equal(exitCodeOf(await night()), 0);
    await Deno.writeTextFile(table, whole);
    const both = await night({ tables: [join(folder, "none.yaml"), table] });
    assert.deepEqual(both.tables.map(({ state }) => state), ["failed", "judged"]);
    assert.equal(exitCodeOf(both), 1);
    assert.match(renderJunit(both), /<error message="It failed to run/);
  });
});

Deno.test("runNight() keeps what it measured where the history cannot take it", async () => {
  await withNights(async ({ folder, night }) => {
    const path = join(folder, "history.sqlite");
    await night();
    const future = new Date(Date.now() + 12 * 3600 * 1000).toISOString();
    const whole = await Deno.readFile(path);
    using history = await openHistory(path);
    const [record] = await history.records();
    const { makeNight } = await import("../core/history/night_record.ts");
    const { id: _id, ...content } = record!;
    await history.add(makeNight({ ...content, time: future }));
    history.close();
    // The clock goes backwards: the history has a later night.
    const report = await night();
    assert.equal(exitCodeOf(report), 3);
    assert.match(report.history.message, /clock/);
    await Deno.writeFile(path, whole);
    const again = await night();
    assert.equal(again.time, report.time, "it goes on with the same night");
    assert.equal(exitCodeOf(again), 0);
    await Deno.writeFile(path, whole.slice(0, 3000));
    await assert.rejects(night(), (error) => error instanceof DataError && error.exitCode === 3);
    assert.equal((await Deno.readFile(path)).length, 3000, "it stays as it is");
  });
});

Deno.test("runNight() passes a night whose losses are accepted, and judges by it from then on", async () => {
  await withNights(async ({ folder, night }) => {
    // Every picture is the other class's: nothing is right.
    const val = join(folder, "photos", "val");
    await Deno.rename(join(val, "circle"), join(val, "other"));
    await Deno.rename(join(val, "square"), join(val, "circle"));
    await Deno.rename(join(val, "other"), join(val, "square"));
    await night();
    const path = join(folder, "nights", "baseline", "pixels-smoke.json");
    const baseline = (await readTableBaseline(path, { table: "pixels", size: "smoke" }))!;
    // Without an error of its own the baseline is judged by its interval, which is a point.
    const cells = baseline.result.cells.map(({ error: _, ...cell }) => ({
      ...cell,
      value: 100,
      perSeed: [100],
      ci95: [100, 100] as [number, number],
    }));
    const spreads = { "cell top1": { value: 1, degrees: 100 } };
    const result = { ...baseline.result, cells };
    await writeTableBaseline(path, { ...baseline, result, spreads }, new Map());
    const lost = await night();
    assert.equal(exitCodeOf(lost), 1);
    assert.match(renderSummary(lost), /^## Failed: \d loss/);
    const accepted = await night({ accept: "the classes were exchanged" });
    assert.equal(exitCodeOf(accepted), 0);
    assert.match(renderSummary(accepted), /accepted with the night: the classes were exchanged/);
    assert.match(renderSummary(accepted), /### Known losses/);
    assert.match(renderJunit(accepted), /failures="0" errors="0"/);
    const next = await night();
    assert.ok(next.judgements.every(({ verdict }) => verdict === "same"));
    assert.equal(exitCodeOf(next), 0);
  });
});

Deno.test("runNight() refuses wrong patterns, and a history that cannot be written, before anything is run", async () => {
  await withNights(async ({ folder, night }) => {
    const path = join(folder, "known.yaml");
    for (const key of ["table", "size", "cells"]) {
      const entry = { table: "pixels", cells: "*", [key]: "{a,b" };
      await Deno.writeTextFile(
        path,
        JSON.stringify({ losses: [{ ...entry, lost: true, reason: "the row was removed" }] }),
      );
      await assert.rejects(
        night(),
        (error) =>
          error instanceof ConfigError && /losses.*The pattern "\{a,b" has/s.test(error.message) &&
          !error.message.includes("--cells"),
      );
    }
    await Deno.remove(path);
    const speed = { cases: "no-such-case", threads: [1], runs: 1, pairs: 2, python: "python3" };
    await assert.rejects(night({ speed }), /No benchmark is called no-such-case/);
    const inFile = join(folder, "pixels.yaml", "history.sqlite");
    await assert.rejects(night({ history: inFile }), LgdBenchError);
    assert.equal(stateOf(await night()), "first night");
  });
});

Deno.test("runNight() waits for no other night", async () => {
  await withNights(async ({ folder, night }) => {
    await night();
    using _lock = await lockFolder(join(folder, "nights"));
    await assert.rejects(
      night(),
      (error) => error instanceof TryAgainError && /another --folder/.test(error.message),
    );
    await assert.rejects(
      night({ knownLosses: { path: join(folder, "known.yaml"), isNamed: true } }),
      LgdBenchError,
    );
  });
});
