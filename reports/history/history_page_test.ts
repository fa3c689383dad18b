import assert from "node:assert/strict";
import { join } from "node:path";
import { openHistory } from "../../core/history/history.ts";
import { type Basis, makeNight, type NightRecord } from "../../core/history/night_record.ts";
import { syntheticNights } from "../../core/history/testdata/synthetic_nights.ts";
import { renderHistoryPage } from "./render_history_page.ts";
import { pointsPerChart } from "./history_page.tsx";

async function renderNights(
  nights: readonly NightRecord[],
  options: Parameters<typeof renderHistoryPage>[1] = {},
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    using history = await openHistory(join(folder, "history.sqlite"));
    if (nights.length > 0) await history.addAll(nights, { anyTime: true });
    return await renderHistoryPage(history, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Times of a machine, and a table whose settings change. */
function otherNights(count: number): NightRecord[] {
  return Array.from({ length: count }, (_, night) => {
    const time = new Date(Date.UTC(2026, 0, 1 + night)).toISOString();
    const basis: Basis = { "": { "pretrain.epochs": night < 8 ? "6" : "8" } };
    return [
      makeNight({
        time,
        machine: "AMD EPYC, 2 cores",
        table: "speed",
        size: "bench",
        numbers: [{
          position: "speed/resnet18-32/threads=1/seconds",
          value: 0.25 + 0.01 * (night % 3),
          low: 0.24,
          high: 0.29,
          meaning: {
            title: "ResNet-18 <32²>",
            group: "time of a step, 1 thread",
            metric: "time of a step",
            unit: "s",
            decimals: 4,
            higherIsBetter: false,
            ofMachine: true,
          },
        }],
      }),
      makeNight({
        time,
        commit: "abcdef0".padEnd(40, "1"),
        branch: "main",
        machine: "AMD EPYC, 2 cores",
        table: "table9",
        size: "smoke",
        basis,
        numbers: [{ position: "table9/row/column/val", value: night < 8 ? 1 : 2 }],
      }),
    ];
  }).flat();
}

Deno.test("renderHistoryPage has a chart for every number, and tells what moved", async () => {
  const nights = [
    ...syntheticNights({ nights: 40, positions: 10, lossAt: 30 }),
    ...otherNights(16),
  ];
  const page = await renderNights(nights);
  assert.equal(page.match(/<figure class="card line"/g)?.length, 12);
  assert.equal(page.match(/role="img" aria-label="Line chart of /g)?.length, 12);
  // Two of ten lines lose 5 points in the 31st night.
  assert.equal(page.match(/<span class="sign worse"/g)?.length, 2);
  assert.match(page, /worse from \d\d\.\d to \d\d\.\d: −\d\.\d \[−\d\.\d, −\d\.\d\] on 2024-01-31/);
  // Another number of epochs is no move.
  assert.match(page, /other conditions<\/b> from 2026-01-09 \(abcdef0\) on:/);
  assert.match(page, /pretrain\.epochs is 8, was 6/);
  assert.equal(page.match(/class="break"/g)?.length, 1);
  assert.match(page, /speed, size bench, AMD EPYC, 2 cores/);
  assert.match(page, /lower is better/);
  assert.match(page, /ResNet-18 &lt;32²>/);
  assert.match(page, /Every night is drawn/);
  assert.match(page, /<h3>Earlier<\/h3>.*<summary>From 2024-01-31 \(/);
  assert.equal(await renderNights(nights), page, "the same history gives the same bytes");
});

Deno.test("renderHistoryPage needs nothing from elsewhere and runs no script", async () => {
  const evil = makeNight({
    ...otherNights(1).map(({ id: _id, ...night }) => night)[1]!,
    branch: `"><script>alert(1)</script>\u202e`,
    numbers: [{
      position: "table9/<b>/x/val",
      value: 1,
      meaning: { title: `"'><img src=x onerror=alert(1)>`, group: "</h3>\u001b[31m" },
    }],
  });
  const page = await renderNights([evil], { title: "<i>My</i> nights" });
  assert.doesNotMatch(page, /<script|<img|<link|https?:|<i>My|\u202e|<b>\//);
  assert(!page.includes("\u001b"));
  assert.match(page, /default-src (&#39;|')none/);
  assert.match(page, /<!-- sha256 [0-9a-f]{64} -->\n$/);
});

Deno.test("renderHistoryPage of chosen nights says so, and of none too", async () => {
  const nights = [...syntheticNights({ nights: 5, positions: 2 }), ...otherNights(3)];
  const page = await renderNights(nights, {
    table: "table2",
    branch: "main",
    position: (name) => name.includes("row-001"),
  });
  assert.equal(page.match(/<figure class="card line"/g)?.length, 1);
  assert.match(page, /branch main, table table2, chosen numbers/);
  assert.match(page, /5 nights, 1 number/);
  assert.match(await renderNights([]), /The history has no numbers yet/);
});

Deno.test("renderHistoryPage draws many nights in few points and says so", async () => {
  const nights = syntheticNights({ nights: 300, positions: 1 });
  const page = await renderNights(nights);
  assert.match(page, /at most 140 points, so in the longest 3 nights share one/);
  assert.match(page, /<path class="range"/);
  const values = nights.map(({ numbers }) => numbers[0]!.value);
  assert(
    page.includes(
      `least ${Math.min(...values).toFixed(1)}, greatest ${Math.max(...values).toFixed(1)}`,
    ),
  );
});

Deno.test("pointsPerChart leaves a page of many charts small", () => {
  assert.equal(pointsPerChart(1), 140);
  assert.equal(pointsPerChart(200), 140);
  assert(pointsPerChart(1000) < 70);
  assert.equal(pointsPerChart(100_000), 30);
});

Deno.test("renderHistoryPage of many nights and 200 numbers has less than 3 MB", async () => {
  // All that have more than 140 nights have as many points.
  const nights = syntheticNights({ nights: 280, positions: 200, lossAt: 200 });
  const folder = await Deno.makeTempDir();
  try {
    using history = await openHistory(join(folder, "history.sqlite"));
    await history.addAll(nights);
    const page = await renderHistoryPage(history);
    const bytes = new TextEncoder().encode(page).length;
    assert(bytes < 3e6, `${bytes} bytes`);
    assert.equal(page.match(/<figure class="card line"/g)?.length, 200);
    const worse = [...page.matchAll(/▼ (\d+) worse/g)].map(([, count]) => Number(count));
    assert(worse.reduce((sum, count) => sum + count, 0) >= 40, `${worse}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
