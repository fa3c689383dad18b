/**
 * Makes `result.json`, the SYNTHETIC result that the tests of the reports print. Its measured values
 * are drawn from a seeded generator and mean nothing; the paper's numbers are the printed ones.
 *
 *     deno run --allow-read --allow-write reports/testdata/make_result.ts
 */

import { join } from "node:path";
import { RandomStream } from "../../core/random.ts";
import type {
  LossCurve,
  ResultCell,
  ResultColumn,
  ResultComparison,
  ResultFile,
  ResultRow,
} from "../../core/results/result.ts";

const random = new RandomStream(7, "synthetic result");

const columns: ResultColumn[] = [
  ["zs_in1k", "Zero-shot", "IN-1k → EmojiNet-100", "zero-shot"],
  ["zs_ct256", "Zero-shot", "CT-256 → EmojiTech-126", "zero-shot"],
  ["lp_in1k_1pct", "Linear-probe", "IN-1k 1 % → EmojiNet-100", "linear-probe"],
  ["lp_in1k_10pct", "Linear-probe", "IN-1k 10 % → EmojiNet-100", "linear-probe"],
  ["lp_in1k_100pct", "Linear-probe", "IN-1k 100 % → EmojiNet-100", "linear-probe"],
  ["lp_ct256", "Linear-probe", "CT-256 → EmojiTech-126", "linear-probe"],
].map(([id, group, header, task]) => ({
  id: id!,
  group: group!,
  header: header!,
  task: task!,
  metric: { key: "top1", title: "top-1 accuracy", unit: "%", higherIsBetter: true },
}));

type Numbers = (number | null)[];
type RowSpec = [
  id: string,
  block: string,
  method: string,
  teacher: string | null,
  student: string | null,
  data: string | null,
  text: string | null,
  epochs: number | null,
  kind: ResultRow["kind"],
  paper: Numbers,
];

const none: Numbers = [null, null, null, null, null, null];
const clip = "CLIP RN50 → emoji-clip";
const imagenet = "IN-1k → EmojiNet-100";
const caltech = "CT-256 → EmojiTech-126";
const rowSpecs: RowSpec[] = [
  ["pixel-1nn", "Reference", "Pixel 1-NN", null, null, null, null, null, "baseline", none],
  ["teacher-moco", "Reference", "MoCo", "RN50", null, null, null, null, "quoted", [
    null,
    null,
    null,
    null,
    67.5,
    null,
  ]],
  ["teacher", "Reference", "CLIP", clip, null, null, null, null, "run", [
    58.9,
    78.1,
    null,
    null,
    73.3,
    null,
  ]],
  ["rn18-supervised", "RN18", "Super.", null, "RN18", imagenet, null, 90, "run", [
    null,
    null,
    null,
    null,
    null,
    77.1,
  ]],
  ["rn18-seed-moco", "RN18", "SEED", "MoCo RN50", "RN18", "IN-1k", null, 200, "quoted", [
    null,
    null,
    37.5,
    51.1,
    57.9,
    78.5,
  ]],
  ["rn18-bingo", "RN18", "BINGO", "CLIP RN50", "RN18", "IN-1k", null, 200, "quoted", [
    45.5,
    62.3,
    44.2,
    59.2,
    64.0,
    80.6,
  ]],
  ["rn18-seed-200", "RN18", "SEED", clip, "RN18", imagenet, null, 200, "run", [
    44.2,
    62.1,
    43.1,
    56.3,
    62.7,
    79.5,
  ]],
  ["rn18-lgd-200", "RN18", "LGD", clip, "RN18", imagenet, imagenet, 200, "run", [
    49.5,
    63.9,
    53.5,
    61.7,
    67.2,
    82.7,
  ]],
  ["rn18-lgd-90", "RN18", "LGD", clip, "RN18", imagenet, imagenet, 90, "run", [
    47.8,
    62.3,
    52.9,
    61.5,
    66.4,
    81.6,
  ]],
  ["rn18-lgd-90-ct", "RN18", "LGD", clip, "RN18", imagenet, caltech, 90, "run", [
    34.3,
    65.8,
    null,
    null,
    null,
    null,
  ]],
  ["rn18-lgd-ct", "RN18", "LGD", clip, "RN18", caltech, caltech, 90, "run", [
    18.9,
    66.5,
    null,
    null,
    null,
    null,
  ]],
  ["mnv2-supervised", "MNv2", "Super.", null, "MNv2", imagenet, null, 90, "run", [
    null,
    null,
    null,
    null,
    null,
    77.5,
  ]],
  ["mnv2-bingo", "MNv2", "BINGO", "CLIP RN50", "MNv2", "IN-1k", null, 200, "quoted", [
    null,
    null,
    43.5,
    56.9,
    64.6,
    80.1,
  ]],
  ["mnv2-seed-200", "MNv2", "SEED", clip, "MNv2", imagenet, null, 200, "run", [
    null,
    null,
    42.2,
    55.5,
    63.5,
    79.1,
  ]],
  ["mnv2-lgd-200", "MNv2", "LGD", clip, "MNv2", imagenet, imagenet, 200, "run", [
    50.3,
    64.7,
    51.9,
    60.7,
    67.4,
    81.3,
  ]],
  ["mnv2-lgd-90", "MNv2", "LGD", clip, "MNv2", imagenet, imagenet, 90, "run", [
    48.5,
    63.0,
    50.3,
    59.4,
    66.3,
    81.2,
  ]],
];
const rows: ResultRow[] = rowSpecs.map((
  [id, block, method, teacher, student, data, text, epochs, kind],
) => ({
  id,
  block,
  method,
  teacher,
  student,
  data,
  text,
  epochs,
  kind,
  ...(id === "rn18-seed-moco"
    ? { note: "The paper prints these under Linear-probe; other papers print 57.6 for 100 %." }
    : {}),
}));

const seeds = [0, 1, 2];
const round = (value: number) => Math.round(value * 1e4) / 1e4;
const splits = [["val", 1, 121], ["ood", 0.42, 121], ["dev", 0.93, 111]] as const;

/** Level of a row's synthetic values. */
function level(row: ResultRow, column: ResultColumn): number {
  const methods: Record<string, number> = {
    "Pixel 1-NN": 17,
    CLIP: 78,
    "Super.": 50,
    SEED: 43,
    LGD: 49,
  };
  const probe = column.task === "linear-probe" ? 4 : 0;
  const fewLabels = column.id.includes("1pct") ? -14 : column.id.includes("10pct") ? -5 : 0;
  const short = row.epochs === 90 && row.method === "LGD" ? -4 : 0;
  return methods[row.method]! + probe + fewLabels + short;
}

function makeCells(row: ResultRow, paper: Numbers): ResultCell[] {
  return columns.flatMap((column, index): ResultCell[] => {
    const printed = paper[index] ?? null;
    const base = { row: row.id, column: column.id, paper: printed };
    const unmeasured = {
      ...base,
      id: `${row.id}.${column.id}.val`,
      split: "val",
      task: null,
      taskVersion: null,
      value: null,
      ci95: null,
      perSeed: [],
      sources: [],
      n: null,
    };
    if (row.text === caltech && column.task === "linear-probe") return [];
    if (row.kind === "quoted") return [{ ...unmeasured, status: "quoted" }];
    if (row.method === "Super." && column.task === "zero-shot") {
      return [{
        ...unmeasured,
        status: "not-run",
        reason: "A supervised student has no text side: zero-shot is not defined",
      }];
    }
    if (row.id === "mnv2-lgd-90" && column.id === "lp_ct256") {
      return [{
        ...unmeasured,
        status: "failed",
        reason: "Cannot continue training: loss is NaN at step 412",
      }];
    }
    return splits.map(([split, factor, n]): ResultCell => {
      const center = Math.max(1, level(row, column) * factor + random.normal());
      const runs = row.kind === "baseline" ? 1 : seeds.length;
      const perSeed = Array.from({ length: runs }, () => round(center + random.normal()));
      const value = round(perSeed.reduce((sum, entry) => sum + entry, 0) / runs);
      const half = random.uniform(4, 8);
      return {
        ...base,
        id: `${row.id}.${column.id}.${split}`,
        split,
        task: column.task,
        taskVersion: 1,
        value,
        ci95: [round(value - half), round(value + half * 1.1)],
        perSeed,
        sources: perSeed.map((_, seed) => ({ seed })),
        n,
        status: "measured",
      };
    });
  });
}

const cells = rows.flatMap((row, index) => makeCells(row, rowSpecs[index]![9]));

function makeComparisons(block: string): ResultComparison[] {
  const base = `${block.toLowerCase()}-seed-200`, other = `${block.toLowerCase()}-lgd-200`;
  return columns.flatMap((column) =>
    splits.map(([split]): ResultComparison => {
      const find = (row: string) =>
        cells.find((cell) =>
          cell.row === row && cell.column === column.id && cell.split === split
        )!;
      const from = find(base), to = find(other);
      const difference = round(to.value! - from.value!);
      const half = random.uniform(1.5, 4.5);
      return {
        id: `${other}-minus-${base}.${column.id}.${split}`,
        label: `LGD − SEED, ${block}`,
        base,
        other,
        column: column.id,
        split,
        difference,
        ci95: [round(difference - half), round(difference + half)],
        perSeed: to.perSeed.map((value, seed) => round(value - from.perSeed[seed]!)),
        paper: to.paper === null || from.paper === null ? null : round(to.paper - from.paper),
        power: {
          samplingError: round(half / 3),
          seedDeviation: round(half / 2),
          detectable: round(1.7 * half),
          seedsForPaper: to.paper === null || from.paper === null ? null : Math.round(3 * half),
        },
      };
    })
  );
}

function makeCurve(row: ResultRow, seed: number): LossCurve {
  const last = row.epochs! * 6;
  const steps = Array.from({ length: 40 }, (_, index) => Math.round((index * last) / 39));
  const [start, floor] = row.method === "LGD" ? [4.3, 1.9] : [6.6, 3.4];
  const fall = (step: number, from: number, to: number) =>
    round(to + (from - to) * Math.exp((-3.2 * step) / last) + 0.05 * random.normal());
  const visual = steps.map((step) => fall(step, start! * 1.1, floor! * 0.9));
  const textual = steps.map((step) => fall(step, start! * 0.9, floor! * 1.1));
  const isLgd = row.method === "LGD";
  return {
    row: row.id,
    seed,
    label: row.method,
    steps,
    loss: steps.map((step, index) =>
      isLgd ? round((visual[index]! + textual[index]!) / 2) : fall(step, start!, floor!)
    ),
    parts: isLgd ? { visual, textual } : {},
  };
}

const trained = rows.filter((row) => row.kind === "run" && row.epochs !== null);

const result: ResultFile = {
  schemaVersion: 2,
  project: { name: "lgd-bench", version: "0.0.0-synthetic" },
  table: "table2",
  title: "SYNTHETIC: semi- and fully-supervised classification (Table 2, our numbering)",
  note: "Synthetic values for the tests of the reports: no model was trained for them.",
  size: "mini",
  seeds,
  configHash: "0123456789abcdef".repeat(4),
  protocol: {
    pretrain: {
      imageSize: 32,
      widthMultiplier: 0.1875,
      batchSize: 128,
      learningRate: 0.12,
      temperatureStudent: 0.2,
      temperatureTeacher: 0.01,
      prependPositive: true,
    },
    linearProbe: { epochs: 100, milestones: [60, 80], labelFractions: [0.01, 0.1, 1] },
    evaluation: { views: 4, splits: ["val", "ood", "dev"] },
    data: { imagenet: "emojinet-100", caltech: "emojitech-126" },
  },
  sources: [
    { id: "data.imagenet.train", name: "emojinet-100", hash: "1234abcd".repeat(8) },
    { id: "teacher.clip", name: "emoji-clip", hash: "5678ef90".repeat(8) },
  ],
  environment: {
    cpu: "Synthetic CPU at 2.0 GHz",
    cores: 2,
    memoryGigabytes: 8,
    system: "linux x86_64",
    deno: "2.9.6",
    onnxruntime: "1.30.0",
    gitCommit: null,
    gpu: false,
  },
  timings: {
    totalSeconds: 812.4,
    cells: Object.fromEntries(trained.map((row) => [`${row.id}.seed0`, {
      pretrain: round(random.uniform(20, 95)),
      "zero-shot": round(random.uniform(0.5, 2)),
      "linear-probe": round(random.uniform(3, 9)),
    }])),
  },
  splits: [
    { name: "val", title: "an icon set that no training has seen", role: "test" },
    { name: "ood", title: "another, in another style (line art)", role: "test" },
    { name: "dev", title: "one more icon set", role: "tune" },
  ],
  columns,
  rows,
  cells,
  comparisons: [...makeComparisons("RN18"), ...makeComparisons("MNv2")],
  curves: trained.flatMap((row) => seeds.map((seed) => makeCurve(row, seed))),
  leftOut: [
    {
      what: "photos/cat/broken.jpg",
      reason: "Premature end of JPEG data",
      stage: "photos, train",
      count: 1,
    },
    {
      what: "*.webm",
      reason: "not an image",
      stage: "photos, val",
      count: 3,
      examples: ["val/cat/a.webm", "val/cat/b.webm", "val/dog/c.webm"],
    },
  ],
  images: [{ data: "imagefolder:photos", split: "val", listed: 100, used: 99 }],
  warnings: ["Synthetic result: the measured values mean nothing."],
  credits: [
    "Noto Emoji © Google, Apache-2.0 (https://github.com/googlefonts/noto-emoji)",
    "Twemoji © Twitter and contributors, CC-BY-4.0, rasterised and composited",
  ],
  finished: false,
};

if (import.meta.main) {
  const path = join(import.meta.dirname!, "result.json");
  Deno.writeTextFileSync(path, `${JSON.stringify(result)}\n`);
}
