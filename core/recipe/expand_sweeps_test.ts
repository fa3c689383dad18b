import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, type LgdBenchError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { planRows } from "./plan.ts";
import { loadRecipe } from "./recipe.ts";
import { resolveRecipe } from "./resolve_recipe.ts";
import { testCatalog as catalog } from "./testdata/catalog.ts";

const folder = join(projectFolder, "pipeline", "testdata");

/** The small recipe with a text before its sizes, and another in the place of one of them. */
async function load(
  study: string,
  smoke = "smoke: { seeds: 1, rows: [good-seed] }",
  change = (recipe: string) => recipe,
) {
  const tiny = await Deno.readTextFile(join(folder, "tiny.yaml"));
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(
      path,
      change(tiny).replace("  smoke: { seeds: 1, rows: [good-seed] }", `  ${smoke}`)
        .replace("\nprotocol:\n", `\n${study}\nprotocol:\n`),
    );
    return await loadRecipe(path);
  } finally {
    await Deno.remove(path);
  }
}

const alpha = `
sweeps:
  - id: alpha
    title: Weight
    axis: alpha
    key: settings.alpha
    values: [0, 0.5, 1]
    rows: { LGD: good-lgd }
    levels: { SEED: good-seed }
    columns: [zs]
    differences: [{ label: LGD − SEED, base: SEED, other: LGD }]
`;

Deno.test("a sweep makes a row of each value, which differs from its row in that setting alone", async () => {
  const recipe = resolveRecipe(await load(alpha), { size: "mini", catalog });
  const made = recipe.rows.filter(({ id }) => id.startsWith("alpha-"));
  assert.deepEqual(made.map(({ id, block, method, columns }) => [id, block, method, columns]), [
    ["alpha-0-good-lgd", "Weight", "LGD, 0", ["zs"]],
    ["alpha-0.5-good-lgd", "Weight", "LGD, 0.5", ["zs"]],
    ["alpha-1-good-lgd", "Weight", "LGD, 1", ["zs"]],
  ]);
  const own = recipe.specs.get("good-lgd")!;
  for (const [value, { id }] of [0, 0.5, 1].map((value, index) => [value, made[index]!] as const)) {
    assert.deepEqual(recipe.specs.get(id), { ...own, settings: { ...own.settings, alpha: value } });
    assert.ok(recipe.runRows.has(id));
  }
  const [sweep] = recipe.sweeps;
  assert.deepEqual(sweep!.columns, ["zs"]);
  assert.deepEqual(sweep!.levels, [{ label: "SEED", row: "good-seed" }]);
  assert.deepEqual(sweep!.series[0]!.places[1], {
    at: 0.5,
    label: "0.5",
    row: "alpha-0.5-good-lgd",
    column: null,
  });
  // The rows are planned like any other.
  const planned = planRows(recipe, [0]).find(({ row }) => row === "alpha-1-good-lgd")!;
  assert.deepEqual(planned.measures.map(({ column }) => column), ["zs"]);
});

Deno.test("a size takes some values of a sweep, or leaves it out", async () => {
  const some = "smoke: { rows: [good-seed], sweeps: { alpha: [1] } }";
  const smoke = resolveRecipe(await load(alpha, some), { size: "smoke", catalog });
  assert.deepEqual(smoke.sweeps[0]!.series[0]!.places.map(({ at }) => at), [1]);
  // Rows that a size chooses are those of the list; those of its sweeps are run as well.
  assert.deepEqual([...smoke.runRows], ["good-seed", "alpha-1-good-lgd"]);
  const none = "smoke: { sweeps: { alpha: [] } }";
  assert.deepEqual(
    resolveRecipe(await load(alpha, none), { size: "smoke", catalog }).sweeps,
    [],
  );
  await assert.rejects(
    load(alpha, "smoke: { sweeps: { alpha: [2] } }"),
    /sweeps\.alpha: 2 is not among the values 0, 0\.5, 1/,
  );
  await assert.rejects(
    load(alpha, "smoke: { sweeps: { alhpa: [1] } }"),
    /sizes\.smoke\.sweeps: Unknown sweep "alhpa"\. Did you mean "alpha"/,
  );
});

Deno.test("a sweep may change a role, a part of a text, or go over columns", async () => {
  const recipe = resolveRecipe(
    await load(`
sweeps:
  - id: length
    title: Length
    axis: epochs
    scale: log
    key: length
    values:
      - { at: 1, value: short }
      - { at: 2, value: long, label: two }
      - { at: 3, value: short, with: { lengthFactor: 3, pretrain: { learningRate: 0.5 } } }
    rows: { SEED: good-seed, LGD: good-lgd }
  - id: anchors
    title: Anchors
    axis: names
    key: text.count
    values: [10, 50]
    rows: { LGD: good-lgd }
  - id: columns
    title: Columns
    axis: columns
    points: [{ at: 1, column: zs }, { at: 2, column: lp, label: probe }]
    rows: { SEED: good-seed, LGD: good-lgd }
    differences: [{ label: LGD − SEED, base: SEED, other: LGD }]
`),
    { size: "mini", catalog },
  );
  assert.equal(recipe.specs.get("length-1-good-seed")!.epochs, 1);
  assert.equal(recipe.specs.get("length-two-good-lgd")!.epochs, 2);
  const longer = recipe.specs.get("length-3-good-lgd")!;
  assert.deepEqual([longer.epochs, longer.pretrain.learningRate], [3, 0.5]);
  const text = recipe.specs.get("anchors-10-good-lgd")!.text!;
  assert.deepEqual(text, {
    task: "zero-shot",
    data: "emojinet-100",
    settings: { templates: "name" },
    count: 10,
  });
  const [length, , columns] = recipe.sweeps;
  assert.deepEqual(length!.columns, ["zs", "lp"]);
  assert.deepEqual(columns!.columns, []);
  assert.deepEqual(columns!.series[1]!.places, [
    { at: 1, label: "1", row: "good-lgd", column: "zs" },
    { at: 2, label: "probe", row: "good-lgd", column: "lp" },
  ]);
});

Deno.test("everything that is wrong with sweeps, claims and costs comes in one message", async () => {
  const refused = await load(`
paper: table2
claims:
  - { id: one, claim: Better, comparisons: [LGD − SED], columns: [zz] }
costs: { rows: { SEED: god-seed }, columns: [zs] }
sweeps:
  - id: bad
    title: Bad
    axis: x
    scale: log
    key: teacher
    values: [{ at: 0, value: main }, { at: 0, value: mian }]
    rows: { LGD: good-lgd, printed: printed }
    differences: [{ label: d, base: SEED, other: LGD }]
`).then(() => assert.fail(), (error: LgdBenchError) => error);
  assert.ok(refused instanceof ConfigError);
  for (
    const part of [
      'claims.one.comparisons: Unknown comparison "LGD − SED". Did you mean "LGD − SEED"?',
      'claims.one.columns: Unknown column "zz"',
      'costs: Unknown row "god-seed". Did you mean "good-seed"?',
      "sweeps.bad: 0 is there twice",
      "sweeps.bad: a log scale has no place for 0",
      'sweeps.bad.printed: row "printed" is not run, so it cannot be varied',
      'sweeps.bad.differences."d": expected a label of its rows or levels ("LGD", "printed"), got "SEED"',
      'Unknown teacher role "mian". Did you mean "main"?',
    ]
  ) assert.ok(refused.message.includes(part), `${part} in ${refused.message}`);
});

Deno.test("a claim has a column of each of its comparisons", async () => {
  const claim = (columns: string) =>
    load(
      `claims: [{ id: one, claim: Better, comparisons: [LGD − SEED], columns: [${columns}] }]`,
      undefined,
      (recipe) => recipe.replace("other: good-lgd }", "other: good-lgd, columns: [zs] }"),
    );
  await claim("zs, lp");
  await assert.rejects(
    claim("lp"),
    /claims\.one\.columns: expected one in which "LGD − SEED" is compared \(zs\), got lp/,
  );
});

Deno.test("rows of a sweep are checked as those of the recipe are", async () => {
  const sweep = (changes: string) => `
sweeps:
  - id: bad
    title: Bad
    axis: x
    ${changes.replaceAll("; ", "\n    ")}
`;
  const cases: [string, string | RegExp][] = [
    ["key: foo; values: [1, 2]; rows: { LGD: good-lgd }", 'Unknown key "sweeps.bad.values.1.foo"'],
    ["key: constructor; values: [1, 2]; rows: { LGD: good-lgd }", "values.1.constructor"],
    ["key: settings; values: [1, 2]; rows: { LGD: good-lgd }", "sweeps.bad.values.1.settings: "],
    ["key: length; values: [1, 2]; rows: { LGD: good-lgd }", "sweeps.bad.values.2.length: "],
    ["key: teacher; values: [1, 2]; rows: { LGD: good-lgd }", "sweeps.bad.values.1.teacher: "],
    ["key: text.count; values: [1, 2]; rows: { SEED: good-seed }", "sweeps.bad.values.1.text: "],
    [
      "key: text; values: [{ at: 1, value: 5 }, { at: 2, value: 6 }]; rows: { LGD: good-lgd }",
      "sweeps.bad.values.1.text: expected { task, data }",
    ],
    [
      "key: lengthFactor; values: [{ at: 1, value: abc }, -1, 5000]; rows: { LGD: good-lgd }",
      /values\.1\.lengthFactor: [^]*values\.-1\.lengthFactor: [^]*values\.5000\.lengthFactor: /,
    ],
    [
      "key: teacher; values: [{ at: 1, value: main, with: { foo: 3 } }, { at: 2, value: main }]; rows: { LGD: good-lgd }",
      'Unknown key "sweeps.bad.values.1.foo"',
    ],
    // The form: what is wrong is named, not all that a sweep may be.
    ["key: settings.alpha; value: [0, 1]; rows: { LGD: good-lgd }", 'Unknown key "sweeps.0.value"'],
    [
      "scale: cubic; key: settings.alpha; values: [0, 1]; rows: { LGD: good-lgd }",
      "sweeps.0.scale: ",
    ],
    [
      "key: settings.alpha; values: [0, 1]; rows: { LGD: good-lgd }; scal: log",
      'Unknown key "sweeps.0.scal". Did you mean "sweeps.0.scale"?',
    ],
    [
      "points: [{ at: 1, column: zs, lable: a }, { at: 2, column: lp }]; rows: { LGD: good-lgd }",
      'Unknown key "sweeps.0.points.0.lable". Did you mean "sweeps.0.points.0.label"?',
    ],
    ["key: settings.alpha; values: [0, 1]; rows: {}", "sweeps.0.rows: expected one row or more"],
    ["key: settings.alpha; values: [0, { a: 1 }]; rows: { LGD: good-lgd }", "sweeps.0.values.1: "],
    [
      "key: settings.alpha; values: [0, 1]; rows: { LGD: good-lgd }; levels: { A: printed }",
      'sweeps.bad.A: row "printed" is not run, so it has no level here',
    ],
  ];
  for (const [changes, part] of cases) {
    const { message } = await load(sweep(changes)).then(
      () => assert.fail(changes),
      (error: LgdBenchError) => (assert.ok(error instanceof ConfigError, `${error}`), error),
    );
    assert.ok(
      typeof part === "string" ? message.includes(part) : part.test(message),
      `${changes}: ${message}`,
    );
  }
  // Places on both sides of 0 are rows of their own.
  const both = await load(sweep(
    "key: settings.alpha; values: [{ at: -1, value: 0 }, { at: 1, value: 1 }]; rows: { LGD: good-lgd }",
  ));
  const { rows } = resolveRecipe(both, { size: "mini", catalog });
  assert.ok(rows.some(({ id }) => id === "bad-minus-1-good-lgd"));
});

Deno.test("a text may be a union, or a part of the names, by roles", async () => {
  const tiny = await Deno.readTextFile(join(folder, "tiny.yaml"));
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  const read = async (text: string) => {
    await Deno.writeTextFile(
      path,
      tiny.replace(
        "text: { task: zero-shot, data: imagenet }\n      length: short",
        `text: ${text}
      length: short`,
      ),
    );
    return resolveRecipe(await loadRecipe(path), { size: "mini", catalog }).specs.get("other")!
      .text;
  };
  try {
    const settings = { templates: "name" };
    const own = { task: "zero-shot", data: "emojinet-100", settings };
    assert.deepEqual(
      await read("{ union: [{ task: zero-shot, data: imagenet }, { file: names.txt }] }"),
      { union: [own, { file: "names.txt", templates: "name" }] },
    );
    assert.deepEqual(await read("{ file: names.txt, count: imagenet }"), {
      file: "names.txt",
      templates: "name",
      count: "emojinet-100",
    });
    await assert.rejects(
      read("{ file: names.txt, count: imagnet }"),
      /text\.count: Unknown data role "imagnet"\. Did you mean "imagenet"/,
    );
    await assert.rejects(
      read("{ union: [{ task: zero-shot, data: imagenet }, { task: zero-shot, data: no }] }"),
      /text\.data: Unknown data role "no"/,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a recipe may lay a mapping over another by <<", async () => {
  const recipe = await load(`
costs:
  <<: { rows: { SEED: good-seed }, columns: [zs] }
  columns: [lp]
`);
  assert.deepEqual(recipe.costs, { rows: { SEED: "good-seed" }, columns: ["lp"] });
});
