import assert from "node:assert/strict";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import { planRows } from "../core/recipe/plan.ts";
import { loadRecipe, tableNames } from "../core/recipe/recipe.ts";
import { sizeNames } from "../core/recipe/recipe_schema.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import { loadPaperTable } from "../core/results/paper/paper.ts";
import { loadCatalog } from "./catalog.ts";

async function resolveTable2(size: string) {
  return resolveRecipe(await loadRecipe("table2"), { size, catalog: await loadCatalog() });
}

Deno.test("every recipe of the project resolves at every size", async () => {
  const catalog = await loadCatalog();
  for (const name of tableNames()) {
    const recipe = await loadRecipe(name);
    for (const size of sizeNames) assert.equal(resolveRecipe(recipe, { size, catalog }).size, size);
  }
});

Deno.test("table2 has every row and column of the paper's table, in its order", async () => {
  const recipe = await loadRecipe("table2");
  const paper = await loadPaperTable("table2");
  assert.deepEqual(
    recipe.columns.map(({ id, group }) => ({ id, group })),
    paper.columns.map(({ id, group }) => ({ id, group })),
  );
  // The paper's head says linear probe over the columns with few labels too.
  const tasks: Record<string, string> = { "semi-supervised": "linear-probe" };
  assert.deepEqual(
    recipe.columns.map(({ task }) => tasks[task] ?? task),
    paper.columns.map(({ task }) => task),
  );
  const printed = new Set(paper.rows.map(({ id }) => id));
  const ours = recipe.rows.filter(({ id }) => printed.has(id));
  for (const { id, note } of recipe.rows) {
    if (!printed.has(id)) assert.match(note!, /not in the paper/, id);
  }
  assert.deepEqual(
    ours.map(({ id, method, teacher, student, data, text, epochs }) => (
      { id, method, teacher, student, data, text, epochs }
    )),
    paper.rows.map(({ id, method, teacher, student, data, text, epochs }) => (
      { id, method, teacher, student, data, text, epochs }
    )),
  );
});

Deno.test("table2 measures every number that the paper prints for a row that is run", async () => {
  const recipe = await loadRecipe("table2");
  const paper = await loadPaperTable("table2");
  for (const row of recipe.rows.filter(({ kind }) => kind === "run")) {
    const values = paper.rows.find(({ id }) => id === row.id)?.values ?? {};
    for (const [column, value] of Object.entries(values)) {
      if (value === null) continue;
      assert.ok(row.columns?.includes(column) ?? true, `${row.id} ${column}`);
    }
  }
});

Deno.test("in table2 SEED and LGD differ in the method alone", async () => {
  const recipe = await resolveTable2("mini");
  const rows = planRows(recipe, [0]);
  for (const block of ["rn18", "mnv2"]) {
    const [seed, lgd] = ["seed", "lgd-200"].map((name) =>
      rows.find(({ row }) => row === `${block}-${name}`)!
    );
    const { text, settings } = lgd!.train!;
    assert.deepEqual({ ...seed!.train, method: "lgd", text, settings }, lgd!.train);
    assert.deepEqual(seed!.measures, lgd!.measures);
    const { temperatureStudent, temperatureTeacher } = seed!.train!.settings;
    assert.deepEqual(
      [temperatureStudent, temperatureTeacher],
      [settings["temperatureStudent"], settings["temperatureTeacher"]],
    );
  }
});

Deno.test("the paper size of table2 is the published setting", async () => {
  const { protocol, columns } = await resolveTable2("paper");
  const { pretrain, methods, tasks, lengths } = protocol;
  assert.deepEqual(lengths, {
    ...{ long: 200, medium: 90, short: 90, transfer: 90 },
    ...{ bingo: 200, competitor: 200, smd: 100, teacher: 200 },
  });
  assert.equal(pretrain.learningRate, 0.03 * pretrain.batchSize / 256);
  assert.equal(pretrain.learningRate * pretrain.warmupFactor, 0.03);
  const probe = tasks["linear-probe"] as Record<string, number>;
  assert.equal(probe["learningRate"], 30 * probe["batchSize"]! / 256);
  assert.deepEqual(methods["lgd"], {
    temperatureStudent: 0.2,
    temperatureTeacher: 0.01,
    alpha: 0.5,
    bankMomentum: 0.999,
    renormalizeBank: false,
    prependPositive: true,
  });
  assert.equal(methods["seed"]!["queueSize"], 65536);
  const fractions = columns.map(({ settings }) => settings["fraction"]);
  assert.deepEqual(fractions, [undefined, undefined, 0.01, 0.1, undefined, undefined]);
});

/** What a training of LGD's long row is made with, by size; mini's are explained in docs/embedded.md. */
const settings: Readonly<Record<string, Record<string, unknown>>> = {
  smoke: {
    epochs: 0.5,
    imageSize: 32,
    widthMultiplier: 0.125,
    batchSize: 64,
    viewsPerImage: 2,
    learningRate: 0.06,
    warmupEpochs: 0.1,
    schedule: "cosine",
    weightDecay: 1e-4,
    bankMomentum: 0.9,
    queueSize: 512,
    probe: [1, 128, 2, 0, [1], 2],
    views: 1,
  },
  mini: {
    epochs: 14,
    imageSize: 32,
    widthMultiplier: 0.1875,
    batchSize: 64,
    viewsPerImage: 8,
    learningRate: 0.2,
    warmupEpochs: 0.3,
    schedule: "cosine",
    weightDecay: 5e-4,
    bankMomentum: 0.9,
    queueSize: 2048,
    probe: [30, 256, 30, 1.5, [18, 24], 20],
    views: 4,
  },
  paper: {
    epochs: 200,
    imageSize: 224,
    widthMultiplier: 1,
    batchSize: 2048,
    viewsPerImage: 1,
    learningRate: 0.24,
    warmupEpochs: 5,
    schedule: "cosine-epoch",
    weightDecay: 1e-4,
    bankMomentum: 0.999,
    queueSize: 65536,
    probe: [240, 2048, 100, 5, [60, 80], 1],
    views: 1,
  },
};

function flatten(lgd: TrainSpec, seed: TrainSpec) {
  const { imageSize, widthMultiplier, batchSize, viewsPerImage } = lgd.pretrain;
  const { learningRate, warmupEpochs, schedule, weightDecay } = lgd.pretrain;
  return {
    epochs: lgd.epochs,
    imageSize,
    widthMultiplier,
    batchSize,
    viewsPerImage,
    learningRate,
    warmupEpochs,
    schedule,
    weightDecay,
    bankMomentum: lgd.settings["bankMomentum"],
    queueSize: seed.settings["queueSize"],
  };
}

for (const size of sizeNames) {
  Deno.test(`table2 at ${size} has the settings that are written down`, async () => {
    const recipe = await resolveTable2(size);
    const [lgd, seed] = ["rn18-lgd-200", "rn18-seed"].map((row) => recipe.specs.get(row)!);
    const { pretrain, tasks, evaluation } = recipe.protocol;
    const probeKeys = ["learningRate", "batchSize", "epochs", "warmupEpochs", "milestones"];
    const probe = (of: Record<string, unknown>) => probeKeys.map((key) => of[key]);
    const linearProbe = tasks["linear-probe"]!, few = tasks["semi-supervised"]!;
    assert.deepEqual(
      {
        ...flatten(lgd!, seed!),
        probe: [...probe(linearProbe), linearProbe["viewsPerImage"]],
        views: evaluation.views,
      },
      settings[size],
    );
    // Few labels are learned from by the same probe.
    assert.deepEqual(
      [...probe(few["linearProbe"] as Record<string, unknown>), few["viewsPerImage"]],
      settings[size]!["probe"],
    );
    const { momentum, warmupFactor, replicas, algorithms, views } = pretrain;
    assert.deepEqual(
      { momentum, warmupFactor, replicas, algorithms, views },
      { momentum: 0.9, warmupFactor: 0.125, replicas: 1, algorithms: "rules", views: "fixed" },
    );
    for (const spec of [lgd!, seed!]) {
      assert.equal(spec.settings["temperatureStudent"], 0.2);
      assert.equal(spec.settings["temperatureTeacher"], 0.01);
    }
    const { alpha, renormalizeBank, prependPositive } = lgd!.settings;
    assert.deepEqual([alpha, renormalizeBank, prependPositive], [0.5, false, true]);
    const { warmupFactor: probeWarmup, gamma, momentum: probeMomentum, weightDecay } = linearProbe;
    assert.deepEqual([probeWarmup, gamma, probeMomentum, weightDecay], [0.125, 0.1, 0.9, 0]);
    assert.equal(tasks["zero-shot"]!["templates"], "imagenet-80");
    assert.deepEqual(evaluation.splits, size === "paper" ? ["val"] : ["val", "ood", "dev"]);
    const mobile = recipe.specs.get("mnv2-lgd-200")!.pretrain;
    if (size === "mini") {
      assert.deepEqual(mobile, { ...lgd!.pretrain, widthMultiplier: 0.25 });
    } else assert.deepEqual(mobile, lgd!.pretrain);
  });
}

Deno.test("the embedded sizes of table2 say how many icons a class have a label", async () => {
  const { columns } = await resolveTable2("mini");
  const few = columns.filter(({ task }) => task === "semi-supervised");
  assert.deepEqual(
    few.map(({ header, settings: { fraction, perClass } }) => (
      { header, fraction, perClass }
    )),
    [
      { header: "IN-1k 1 % (1 icon a class)", fraction: null, perClass: 1 },
      { header: "IN-1k 10 % (2 icons a class)", fraction: null, perClass: 2 },
    ],
  );
});

Deno.test("table2 runs every row of the paper, those of a teacher without texts by one that it trains", async () => {
  const recipe = await resolveTable2("mini");
  assert.deepEqual(recipe.rows.filter(({ kind }) => kind === "quoted"), []);
  for (const { id, teacher, columns = [] } of recipe.rows) {
    const { teacherTraining } = recipe.specs.get(id) ?? {};
    if (!/^(MoCo|SimSiam) /.test(teacher ?? "")) {
      assert.equal(teacherTraining, undefined, id);
      continue;
    }
    assert.equal(teacherTraining!.spec.method, "moco-v2", id);
    assert(columns.length > 0 && columns.every((column) => column.startsWith("lp_")), id);
  }
  const paper = await resolveTable2("paper");
  assert.equal(paper.specs.get("rn18-seed-moco")!.teacherTraining!.spec.student, "resnet50");
  assert.equal(paper.specs.get("moco-rn50")!.student, "resnet50");
});

Deno.test("table2 claims LGD − SEED where the paper prints both, and says where it prints no SEED", async () => {
  const { claims, comparisons, columns } = await loadRecipe("table2");
  const paper = await loadPaperTable("table2");
  const printed = (row: string, column: string) =>
    paper.rows.find(({ id }) => id === row)?.values[column] ?? null;
  for (
    const { label, base, other } of comparisons.filter(({ label }) => /^LGD − SEED/.test(label))
  ) {
    const own = claims.filter((claim) => claim.comparisons.includes(label));
    assert.deepEqual(
      columns.map(({ id }) => id).filter((id) => own.some(({ columns }) => columns?.includes(id))),
      columns.map(({ id }) => id).filter((id) =>
        printed(base, id) !== null && printed(other, id) !== null
      ),
      label,
    );
  }
  assert.equal(printed("mnv2-seed", "zs_in1k"), null);
  const zeroShot = claims.find(({ id }) => id === "lgd-seed-rn18-zero-shot")!;
  assert.match(zeroShot.claim, /for MNv2 the paper prints no SEED/);
});

Deno.test("at mini table1 and table2 compare and claim differences of trainings of equal length alone", async () => {
  for (const table of ["table1", "table2"]) {
    const recipe = await loadRecipe(table);
    const { specs, claims, comparisons } = resolveRecipe(recipe, {
      size: "mini",
      catalog: await loadCatalog(),
    });
    for (const { label, base, other } of comparisons) {
      assert.equal(specs.get(base)!.epochs, specs.get(other)!.epochs, `${table}: ${label}`);
    }
    assert(claims.some(({ id }) => id.startsWith("lgd-bingo-")), table);
  }
});
