import assert from "node:assert/strict";
import type { ResultClaim } from "../core/results/claims.ts";
import type { ResultCell, ResultFile } from "../core/results/result.ts";
import { formatResult, parseResult } from "../core/results/result_schema.ts";
import type { ResultSweep } from "../core/results/sweeps.ts";
import { drawChart, lightTheme } from "./chart_canvas.ts";
import { planCharts } from "./charts.ts";
import { describeClaims } from "./claim_words.ts";
import { renderReport } from "./report.ts";
import { describeSweeps } from "./sweep_words.ts";
import { readSmallResult } from "./testdata/small_result.ts";
import { renderTextTable } from "./text_table.ts";

/** The small result with two rows along an axis. */
function sweptResult(): ResultFile {
  const result = readSmallResult();
  const [row] = result.rows.filter(({ id }) => id === "rn18-lgd-200");
  const [cell] = result.cells.filter(({ status, split }) =>
    status === "measured" && split === "val"
  );
  const cells: ResultCell[] = [];
  const places = [0.1, 0.2, 0.4].map((at, index) => {
    const id = `sweep-${at}`;
    result.rows.push({ ...row!, id, block: "Temperature", method: `LGD, ${at}` });
    cells.push({
      ...cell!,
      id: `${id}.zs_in1k.val`,
      row: id,
      column: "zs_in1k",
      value: 40 + index,
      ci95: [38 + index, 43 + index],
    });
    return { at, label: `${at}`, row: id, column: null };
  });
  result.cells.push(...cells);
  result.curves = [
    ...result.curves,
    ...places.map(({ row }) => ({ ...result.curves[0]!, row, seed: 0 })),
  ];
  const sweep: ResultSweep = {
    id: "sweep",
    title: "Temperature",
    axis: "τ_T",
    scale: "log",
    columns: ["zs_in1k"],
    series: [{ label: "LGD", points: places }],
    levels: [{ label: "SEED", row: "rn18-seed-200" }],
    differences: [{
      label: "LGD − SEED",
      column: "zs_in1k",
      split: "val",
      points: [
        { at: 0.1, label: "0.1", difference: -3, ci95: [-5, -1], perSeed: [-3] },
        { at: 0.2, label: "0.2", difference: 1, ci95: [-1, 3], perSeed: [1] },
        { at: 0.4, label: "0.4", difference: 4, ci95: [2, 6], perSeed: [4] },
      ],
      trend: { change: 7, ci95: [3, 11] },
    }],
  };
  return { ...result, sweeps: [sweep] };
}

const claims: ResultClaim[] = [
  {
    id: "held",
    claim: "LGD trains",
    split: "val",
    verdict: "holds",
    parts: [{
      comparison: "x",
      verdict: "holds",
      seedsNeeded: 4,
      effectFrom: "claim",
    }],
  },
  {
    id: "contradicted",
    claim: "LGD is better",
    split: "val",
    verdict: "does-not-hold",
    parts: [{ comparison: "x", verdict: "does-not-hold", seedsNeeded: 0, effectFrom: "paper" }],
  },
  {
    id: "open",
    claim: "LGD is quicker",
    split: "val",
    verdict: "cannot-be-told",
    parts: [{
      comparison: "x",
      verdict: "cannot-be-told",
      reason: "the interval holds 0",
      seedsNeeded: null,
      effectFrom: null,
    }],
  },
];

function claimedResult(): ResultFile {
  const result = readSmallResult();
  const [comparison] = result.comparisons.filter(({ split }) => split === "val");
  return {
    ...result,
    comparisons: [
      { ...comparison!, id: "x", difference: -1.3, ci95: [-2.2, -0.4], paper: 5.3 },
      ...result.comparisons,
    ],
    claims,
  };
}

Deno.test("describeClaims() says first what does not hold", () => {
  const words = describeClaims(claimedResult())!;
  assert.equal(
    words.summary,
    "Of 3 claims 1 does not hold here (LGD is better), 1 cannot be told, 1 holds.",
  );
  assert.deepEqual(words.claims.map(({ verdict }) => verdict), [
    "does-not-hold",
    "cannot-be-told",
    "holds",
  ]);
  const [part] = words.claims[0]!.parts;
  assert.deepEqual([part!.paper, part!.measured, part!.interval, part!.seeds], [
    "+5.3",
    "−1.3 points",
    "[−2.2, −0.4]",
    "never",
  ]);
  assert.equal(words.claims[1]!.parts[0]!.found, "cannot be told (the interval holds 0)");
  assert.equal(words.claims[2]!.parts[0]!.seeds, "4 *");
  assert.match(words.note, /\*: the paper prints no such difference/);
  assert.equal(describeClaims(readSmallResult()), undefined);
});

Deno.test("describeClaims() sums up claims of one verdict in a plain sentence", () => {
  const summaryOf = (verdict: ResultClaim["verdict"], count: number) =>
    describeClaims({
      ...claimedResult(),
      claims: claims.slice(0, count).map((claim) => ({ ...claim, verdict })),
    })!.summary;
  assert.deepEqual([1, 2, 3].map((count) => summaryOf("cannot-be-told", count)), [
    "Whether the claim holds cannot be told.",
    "Whether the 2 claims hold cannot be told.",
    "Whether the 3 claims hold cannot be told.",
  ]);
  assert.deepEqual([1, 2, 3].map((count) => summaryOf("holds", count)), [
    "The claim holds.",
    "Both claims hold.",
    "All 3 claims hold.",
  ]);
  assert.deepEqual([1, 2, 3].map((count) => summaryOf("does-not-hold", count)), [
    "The claim does not hold here (LGD trains).",
    "Neither of the 2 claims holds here (LGD trains; LGD is better).",
    "None of the 3 claims holds here (LGD trains; LGD is better; LGD is quicker).",
  ]);
});

Deno.test("describeClaims() tells once what is the reason of all verdicts", () => {
  const reason = "one seed, fewer than 3";
  const open = claims.map((claim) => ({
    ...claim,
    verdict: "cannot-be-told" as const,
    parts: claim.parts.map((part) => ({ ...part, verdict: "cannot-be-told" as const, reason })),
  }));
  const result = { ...claimedResult(), claims: open };
  const words = describeClaims(result)!;
  assert.equal(words.summary, `Whether the 3 claims hold cannot be told. The reason: ${reason}.`);
  assert.ok(
    words.claims.flatMap(({ parts }) => parts).every(({ found }) => found === "cannot be told"),
  );
  assert.equal(renderTextTable(result, { width: 100 }).split(reason).length, 2);
});

Deno.test("reports in HTML and text begin with the claims", async () => {
  const result = { ...claimedResult(), curves: [] };
  const text = renderTextTable(result, { width: 100 });
  assert.ok(text.indexOf("Claims. Of 3 claims 1 does not hold") < text.indexOf("Zero-shot"));
  for (const line of text.split("\n")) assert.ok([...line].length <= 100, line);
  const html = await renderReport([result]);
  assert.ok(html.indexOf(">Claims<") > 0);
  assert.ok(html.indexOf(">Claims<") < html.indexOf(">Results<"));
  assert.match(html, /<th colspan="2" class="verdict does-not-hold">does not hold<\/th>/);
});

Deno.test("describeSweeps() tells where there are fewer seeds than the run has", () => {
  const result = sweptResult();
  const found = describeSweeps(result)!;
  assert.match(
    found.note,
    /with 3 seeds\. Where there are fewer, .* with fewer than 3 the intervals/,
  );
  assert.match(found.findings[0]!.sentences[0]!, /\(1 seed\): LGD − SEED is/);
  for (const { points } of result.sweeps![0]!.differences) {
    for (const point of points) point.perSeed = [1, 2, 3];
  }
  const all = describeSweeps(result)!;
  assert.doesNotMatch(all.note, /fewer/);
  assert.doesNotMatch(all.findings[0]!.sentences[0]!, /seed/);
});

Deno.test("describeSweeps() says no more than the intervals do", () => {
  const [finding] = describeSweeps(sweptResult())!.findings;
  assert.equal(finding!.title, "Temperature");
  assert.match(
    finding!.sentences[0]!,
    /LGD − SEED is above 0 at 0\.4, is below 0 at 0\.1, cannot be told from 0 at 0\.2 \(−3\.0 \[−5\.0, −1\.0\] at 0\.1, /,
  );
  assert.match(
    finding!.sentences[0]!,
    /It rises from 0\.1 to 0\.4, by \+7\.0 points \[\+3\.0, \+11\.0\] along a straight line\.$/,
  );
  const open = sweptResult();
  const [difference] = open.sweeps![0]!.differences;
  for (const point of difference!.points) point.ci95 = [-9, 9];
  difference!.trend = { change: -1, ci95: [-4, 2] };
  assert.match(
    describeSweeps(open)!.findings[0]!.sentences[0]!,
    /cannot be told from 0 at any place .* Whether it changes from 0\.1 to 0\.4 cannot be told: −1\.0 points \[−4\.0, \+2\.0\]/,
  );
});

Deno.test("describeSweeps() warns of few seeds, describes what is compared with nothing, and is silent at smoke", () => {
  const one = { ...sweptResult(), seeds: [0] };
  one.sweeps![0]!.differences = [];
  const found = describeSweeps(one)!;
  assert.match(found.note, /^On val, with 1 seed\. The intervals do not know the spread/);
  assert.match(
    found.findings[0]!.sentences[0]!,
    /LGD is highest with 42\.0 \[40\.0, 45\.0\] at 0\.4, lowest with 40\.0 \[38\.0, 43\.0\] at 0\.1\.$/,
  );
  assert.equal(describeSweeps({ ...sweptResult(), size: "smoke" }), undefined);
  assert.equal(describeSweeps(readSmallResult()), undefined);
});

Deno.test("renderTextTable() shows rows of sweeps under columns in which they are measured", () => {
  const result = { ...sweptResult(), size: "smoke" };
  const swept = new Set(result.sweeps![0]!.series[0]!.points.map(({ row }) => row));
  const [column] = result.columns.filter(({ id }) => id !== "zs_in1k");
  for (const row of swept) {
    result.cells.push({
      ...result.cells.find(({ status }) => status === "not-run")!,
      id: `${row}.lp`,
      row,
      column: column!.id,
    });
  }
  // Two bands of one column each.
  const bands = renderTextTable(result, { width: 80 }).split("Temperature\n").length - 1;
  result.columns = result.columns.filter(({ id }) => id === column!.id);
  assert.equal(bands, 1);
  assert.doesNotMatch(renderTextTable(result), /LGD, 0\.1/);
});

Deno.test("planCharts() draws a sweep as lines, and its rows nowhere else", async () => {
  const plain = planCharts(readSmallResult()), charts = planCharts(sweptResult());
  const kind = (of: typeof charts, kind: string) => of.filter((chart) => chart.kind === kind);
  assert.deepEqual(
    kind(charts, "values").map(({ description, height }) => [description, height]),
    kind(plain, "values").map(({ description, height }) => [description, height]),
  );
  const sweeps = kind(charts, "sweeps");
  assert.equal(sweeps.length, 2);
  assert.match(sweeps[0]!.description, /LGD: 40\.0 at 0\.1, 41\.0 at 0\.2, 42\.0 at 0\.4\.$/);
  assert.match(sweeps[1]!.description, /LGD − SEED: −3\.0 \[−5\.0, −1\.0\] at 0\.1/);
  // One chart of losses for all places.
  assert.equal(kind(charts, "losses").length, kind(plain, "losses").length + 1);
  for (const spec of sweeps) await drawChart(spec);
});

/** What is drawn of a chart: labels, colours and places of its lines. */
function linesOf(spec: ReturnType<typeof planCharts>[number]) {
  const { data: { datasets } } = spec.configure(lightTheme);
  return datasets.map(({ label, borderColor, data }) => ({
    label,
    color: borderColor,
    places: (data as { x: number }[]).map(({ x }) => x),
  }));
}

Deno.test("planCharts() gives a label one colour in all sweeps and costs", () => {
  const result = sweptResult();
  const [sweep] = result.sweeps!;
  // What varied in the one stays in the other.
  const turned: ResultSweep = {
    ...sweep!,
    id: "turned",
    series: [{ ...sweep!.series[0]!, label: "SEED" }],
    levels: [{ label: "LGD", row: "rn18-lgd-200" }],
  };
  const cost = { steps: 10, studentImages: 1000, teacherImages: 500 };
  const charts = planCharts({
    ...result,
    sweeps: [sweep!, turned],
    costs: {
      columns: ["zs_in1k"],
      rows: [
        { ...cost, row: "rn18-seed-200", label: "SEED", seconds: 50 },
        { ...cost, row: "rn18-lgd-200", label: "LGD", seconds: 60 },
      ],
    },
  }).filter(({ kind }) => kind === "sweeps" || kind === "costs");
  const colors = new Map<string, Set<unknown>>();
  for (const { label, color } of charts.flatMap(linesOf)) {
    const name = label!.split(",")[0]!;
    colors.set(name, (colors.get(name) ?? new Set()).add(color));
  }
  assert.deepEqual([...colors.keys()].toSorted(), ["LGD", "LGD − SEED", "SEED"]);
  assert.ok([...colors.values()].every(({ size }) => size === 1));
  assert.equal(new Set([...colors.values()].flatMap((of) => [...of])).size, 3);
});

Deno.test("planCharts() draws points of several lines at one place beside each other", () => {
  const result = sweptResult();
  const [sweep] = result.sweeps!;
  const scaled = { ...sweep!, scale: "linear" as const };
  const two = { ...scaled, series: [...scaled.series, { ...scaled.series[0]!, label: "SEED" }] };
  const lines = (of: ResultSweep) =>
    linesOf(planCharts({ ...result, sweeps: [of] }).find(({ kind }) => kind === "sweeps")!)
      .filter(({ places }) => places.length === 3);
  assert.deepEqual(lines(scaled)[0]!.places, [0.1, 0.2, 0.4]);
  const [first, second] = lines(two);
  assert.ok(first!.places[0]! < 0.1 && second!.places[0]! > 0.1);
  // About six of the pixels of the axis, at every place.
  for (const [index, at] of [0.1, 0.2, 0.4].entries()) {
    const [left, right] = [first!.places[index]!, second!.places[index]!];
    assert.ok(Math.abs((left + right) / 2 - at) < 1e-12);
    assert.ok(Math.abs(right - left - 0.0042) < 1e-12);
  }
});

Deno.test("renderReport() folds rows of sweeps below the main table", async () => {
  const result = { ...sweptResult(), curves: [], comparisons: [] };
  const html = await renderReport([result]);
  const main = html.slice(html.indexOf(">Results<"), html.indexOf("<summary>Rows of sweeps (3)"));
  const fold = html.slice(html.indexOf("<summary>Rows of sweeps (3)"), html.indexOf("<dl"));
  assert.match(main, /<th scope="row" class="stick">LGD/);
  assert.doesNotMatch(main, /LGD, 0\.1/);
  assert.equal(fold.split('<th scope="row" class="stick">').length - 1, 3);
  assert.match(fold, /LGD, 0\.1.*LGD, 0\.2.*LGD, 0\.4/s);
  // Columns in which they are measured, of which the paper prints nothing.
  assert.equal(fold.split('<th scope="colgroup"').length - 1, 2);
  assert.match(fold, /Under each column: measured here on /);
  assert.doesNotMatch(fold, />paper</);
  assert.doesNotMatch(await renderReport([{ ...readSmallResult(), curves: [] }]), /Rows of sweeps/);
});

Deno.test("planCharts() sets accuracy against costs that differ", async () => {
  const result = readSmallResult();
  const cost = { steps: 10, studentImages: 1000, teacherImages: 500 };
  const charts = planCharts({
    ...result,
    costs: {
      columns: ["zs_in1k"],
      rows: [
        { ...cost, row: "rn18-seed-200", label: "SEED", seconds: 50 },
        { ...cost, row: "rn18-lgd-200", label: "LGD", seconds: 60 },
      ],
    },
  }).filter((chart) => chart.kind === "costs");
  // The teacher embedded as many images for both.
  assert.equal(charts.length, 1);
  assert.match(charts[0]!.description, /SEED \d+\.\d at 50\.0; LGD \d+\.\d at 60\.0/);
  await drawChart(charts[0]!);
});

Deno.test("renderReport() shows sweeps and costs, and result.json keeps them", async () => {
  const cost = { steps: 10, studentImages: 1000, teacherImages: 500, seconds: 50 };
  const result: ResultFile = {
    ...sweptResult(),
    curves: [],
    claims: [],
    costs: { columns: ["zs_in1k"], rows: [{ ...cost, row: "rn18-seed-200", label: "SEED" }] },
  };
  const html = await renderReport([result]);
  for (const part of [">What was found<", ">Along one setting at a time<", ">What it costs<"]) {
    assert.ok(html.includes(part), part);
  }
  assert.match(renderTextTable(result), /What was found\. On val/);
  assert.deepEqual(parseResult(formatResult(result), "result.json"), result);
});
