import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { planRows } from "./plan.ts";
import { loadRecipe, tableNames } from "./recipe.ts";
import { resolveRecipe } from "./resolve_recipe.ts";
import { settingKeys } from "./settings.ts";
import { testCatalog as catalog } from "./testdata/catalog.ts";

const folder = join(projectFolder, "pipeline", "testdata");

async function loadText(text: string, options: { protocolFolder?: string } = {}) {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    return await loadRecipe(path, options);
  } finally {
    await Deno.remove(path);
  }
}

const tiny = () => Deno.readTextFile(join(folder, "tiny.yaml"));

Deno.test("loadRecipe() knows the tables of the project", async () => {
  assert.ok(tableNames().includes("table2"));
  for (const name of tableNames()) assert.equal((await loadRecipe(name)).table, name);
});

Deno.test("--set overrides a setting by its type, last one wins, and changes the hash", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const plain = resolveRecipe(recipe, { size: "mini", catalog });
  const changed = resolveRecipe(recipe, {
    size: "mini",
    catalog,
    set: [
      "methods.lgd.alpha=1",
      "methods.lgd.alpha=0.25",
      "protocol.methods.lgd.renormalizeBank=true",
      "evaluation.splits=[ood, val]",
      "data.imagenet=imagefolder:./a=b",
      "byStudent.S.widthMultiplier=0.5",
      "text.imagenet=file:names.txt",
    ],
  });
  assert.equal(changed.protocol.methods["lgd"]!["alpha"], 0.25);
  assert.equal(changed.protocol.methods["lgd"]!["renormalizeBank"], true);
  assert.deepEqual(changed.protocol.evaluation.splits, ["ood", "val"]);
  assert.equal(changed.protocol.data["imagenet"], "imagefolder:./a=b");
  assert.equal(changed.protocol.byStudent["S"]!["widthMultiplier"], 0.5);
  assert.equal(changed.specs.get("good-lgd")!.pretrain.widthMultiplier, 0.5);
  assert.deepEqual(changed.specs.get("good-lgd")!.text, { file: "names.txt", templates: "name" });
  assert.notEqual(changed.configHash, plain.configHash);
  const again = resolveRecipe(recipe, { size: "mini", catalog });
  assert.equal(plain.configHash, again.configHash);
  assert.ok(Object.isFrozen(plain.protocol.pretrain));
});

Deno.test("a data role that names another role has its data set", async () => {
  const text = (await tiny()).replace(
    "{ imagenet: emojinet-100 }",
    "{ imagenet: emojinet-100, pretraining: imagenet }",
  );
  const recipe = await loadText(text);
  const dataOf = (set: string[]) =>
    resolveRecipe(recipe, { size: "mini", set, catalog }).protocol.data;
  assert.equal(dataOf([])["pretraining"], dataOf([])["imagenet"]);
  assert.equal(dataOf(["data.imagenet=imagefolder:./a"])["pretraining"], "imagefolder:./a");
  const own = dataOf(["data.pretraining=emojinet-553", "data.imagenet=imagefolder:./a"]);
  assert.deepEqual([own["pretraining"], own["imagenet"]], ["emojinet-553", "imagefolder:./a"]);
});

Deno.test("all errors of overrides come in one message, with the nearest keys", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const refuse = (set: string[], ...parts: string[]) =>
    assert.throws(() => resolveRecipe(recipe, { size: "mini", set, catalog }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.exitCode, 2);
      for (const part of parts) {
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      }
      return true;
    });
  refuse(
    [
      "pretrain.learningrate=1",
      "data.imagnet=x",
      "alpha=1",
      "pretrain.alpha=1",
      "linearProbe.epochs=1",
      "nonsense",
      "pretrain=1",
      "methods.lgd.alpha=2",
      "pretrain.templates=emojy",
      "constructor.prototype=1",
      "evaluation.bankMomentum=1",
      "lengths.nope=1",
    ],
    '"pretrain.learningrate". Did you mean "pretrain.learningRate"?',
    '"data.imagnet". Did you mean "data.imagenet"?',
    '"alpha". Did you mean "methods.lgd.alpha"?',
    '"pretrain.alpha". Did you mean "methods.lgd.alpha"?',
    '"tasks.linear-probe.epochs"',
    "--set nonsense: expected KEY=VALUE",
    '"pretrain" is a group of keys',
    "methods.lgd.alpha: Too big: expected number to be <=1; got 2",
    'got "emojy". Did you mean "emoji"?',
    'Unknown key "constructor"',
    'Unknown key "lengths.nope". Keys here: ',
    // A key of that very name elsewhere, and not the ones that are like it.
    '"evaluation.bankMomentum". Did you mean "methods.lgd.bankMomentum"?',
  );
  // A group stays one where the recipe names nothing in it.
  const withoutTeachers = { ...recipe, protocol: { ...recipe.protocol, teachers: {} } };
  assert.throws(
    () => resolveRecipe(withoutTeachers, { size: "mini", set: ["teachers=x"], catalog }),
    /--set teachers=x: "teachers" is a group of keys/,
  );
  refuse(["pretrain.warmupEpochs=1.5"], "less than the length of 1 epochs, got 1.5");
  refuse(["pretrain.replicas=3"], "expected a divisor of batchSize 10, got 3");
  refuse(["pretrain.imageSize=2048"], "<=1024; got 2048");
  // A setting is looked at where it is used: no row here is trained by anything with a queue of 15.
  resolveRecipe(recipe, { size: "mini", catalog, set: ["methods.seed.queueSize=15"] });
  assert.throws(
    () => resolveRecipe(recipe, { size: "mino", catalog }),
    /Did you mean "mini"/,
  );
});

Deno.test("unknown tables and broken recipes are explained", async () => {
  await assert.rejects(loadRecipe("tabel2"), /Unknown table "tabel2". Did you mean "table2"/);
  await assert.rejects(loadRecipe("../deno"), /Unknown table/);
  await assert.rejects(loadRecipe("none.yaml"), /there is no such file/);
  await assert.rejects(loadText("a: [1"), ConfigError);
  await assert.rejects(loadText(`${await tiny()}\nbroken: [1\n`), /line \d+, column \d+/);
  const text = await tiny();
  await assert.rejects(
    loadText(text.replace("kind: quoted", "kind: quotd").replace("title: Tiny", "titel: Tiny")),
    (error: Error) =>
      /2 errors|3 errors/.test(error.message) && /Did you mean "title"/.test(error.message) &&
      /Did you mean "quoted"/.test(error.message),
  );
  await assert.rejects(
    loadText(text.replace("base: good-seed", "base: god-seed")),
    /Unknown row "god-seed". Did you mean "good-seed"/,
  );
  await assert.rejects(
    loadText(text.replace("method: seed, teacher: main", "method: seed, teacher: mian")),
    /Unknown teacher role "mian". Did you mean "main"/,
  );
  await assert.rejects(
    loadText(
      text.replace(
        "{ task: zero-shot, data: imagenet }\n",
        "{ task: zero-shot, data: imagenit }\n",
      ),
    ),
    (error: Error) =>
      /pretrain\.text\.data.*Unknown data role "imagenit"/.test(error.message) &&
      !/and \d+ more/.test(error.message),
  );
});

Deno.test("aliases, folders and control characters in place of a recipe are told with the line", async () => {
  const refuses = (text: string, message: RegExp) =>
    assert.rejects(
      loadText(text),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  await refuses("table: a\nnote: *nosuch\n", /line 2: unknown alias "\*nosuch"/);
  await refuses(
    "table: a\ntitle: &t [a, *t]\n",
    /line 2: the alias "\*t" stands for something that/,
  );
  await refuses("table: a\nrows: &r\n  - { id: *r }\n", /line 3: the alias "\*r" stands for/);
  await refuses("table: a\n? [b, c]\n: 1\n", /line 2: a key is a list, a mapping or an alias/);
  await refuses("table: a\n{ d: 1 }: 1\n", /line 2: a key is a list, a mapping or an alias/);
  await refuses("[".repeat(20_000), /nested/);
  await refuses("- ".repeat(20_000), /nested/);
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef"]) {
    bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(", ")}]`);
  }
  await refuses(bomb.join("\n"), /line \d+: the aliases of the file cannot be resolved/);
  await refuses('table: a\ntitle: "a\\u0000b"\n', /line 2: a text has control characters/);
  const path = await Deno.makeTempDir({ suffix: ".yaml" });
  try {
    await assert.rejects(
      loadRecipe(path),
      (error) => error instanceof ConfigError && /it is a folder/.test(error.message),
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a recipe is laid over the protocol that it extends, key by key", async () => {
  const protocolFolder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(protocolFolder, "base.yaml"),
      "pretrain: { momentum: 0.5, learningRate: 7 }\nlengths: { long: 9, other: 3 }\n",
    );
    const text = (await tiny()).replace("title: Tiny", "title: Tiny\nextends: base");
    const resolved = resolveRecipe(await loadText(text, { protocolFolder }), {
      size: "mini",
      catalog,
    });
    const { lengths, pretrain } = resolved.protocol;
    assert.deepEqual(lengths, { long: 2, other: 3, short: 1 });
    assert.equal(pretrain.momentum, 0.9);
    assert.equal(pretrain.learningRate, 0.1);
    await assert.rejects(
      loadText(text.replace("extends: base", "extends: bse"), { protocolFolder }),
      /extends: Unknown protocol "bse". Did you mean "base"/,
    );
    await Deno.writeTextFile(join(protocolFolder, "base.yaml"), "pretraining: {}\n");
    await assert.rejects(loadText(text, { protocolFolder }), /base.yaml: .*"pretraining"/);
  } finally {
    await Deno.remove(protocolFolder, { recursive: true });
  }
});

const minimal = `
table: own
title: Own
note: A recipe of one's own
columns: [{ id: zs, group: A, header: B, task: zero-shot, data: mine }]
rows:
  - id: row
    block: A
    method: LGD
    kind: run
    pretrain:
      method: lgd
      teacher: t
      student: s
      data: mine
      text: { task: zero-shot, data: mine }
      length: all
protocol:
  data: { mine: "imagefolder:photos" }
  teachers: { t: emoji-clip }
  students: { s: resnet18 }
  lengths: { all: 10 }
sizes: { smoke: { seeds: 1 }, mini: { seeds: 1 }, paper: { seeds: 1 } }
`;

Deno.test("a recipe of one's own names no setting that it does not change", async () => {
  const recipe = await loadText(minimal);
  const { protocol, columns, specs } = resolveRecipe(recipe, { size: "mini", catalog });
  assert.deepEqual(Object.keys(protocol.methods), ["lgd"]);
  assert.deepEqual(Object.keys(protocol.tasks), ["zero-shot"]);
  assert.equal(protocol.pretrain.imageSize, 224);
  assert.equal(columns[0]!.metric, "top1");
  assert.deepEqual(columns[0]!.settings, { templates: "imagenet-80" });
  assert.deepEqual(specs.get("row")!.text, {
    task: "zero-shot",
    data: "imagefolder:photos",
    settings: { templates: "imagenet-80" },
  });
  const refuse = (from: string, to: string, message: RegExp) =>
    assert.rejects(
      loadText(minimal.replace(from, to)).then((changed) =>
        resolveRecipe(changed, { size: "mini", catalog })
      ),
      message,
    );
  await refuse("method: lgd", "method: ldg", /Unknown method "ldg". Did you mean "lgd"/);
  await refuse("task: zero-shot, data: mine }]", "task: zero-shoot, data: mine }]", /"zero-shot"/);
  await refuse("method: lgd", "method: seed", /text: method "seed" has no use for it/);
  await refuse("teacher: t", "teacher: null", /teacher: method "lgd" needs it/);
  await refuse("header: B", "header: B, metric: top2", /Unknown metric of task zero-shot "top2"/);
  await refuse("lengths:", "methods: { sed: {} }\n  lengths:", /Unknown method "sed"/);
  await refuse(
    "lengths:",
    "methods: { seed: { queueSiz: 3 } }\n  lengths:",
    /"methods.seed.queueSiz". Did you mean "methods.seed.queueSize"/,
  );
  await refuse(
    "header: B",
    "header: B, settings: { templatez: x }",
    /columns.zs.settings.templatez/,
  );
});

Deno.test("a size changes columns: headers, and settings of which null takes a key away", async () => {
  const size = "mini: { seeds: 1, columns: { zs: { header: C, settings: { templates: null } } } }";
  const text = minimal.replace("mini: { seeds: 1 }", size)
    .replace("header: B", "header: B, settings: { templates: name }");
  const recipe = await loadText(text);
  const small = resolveRecipe(recipe, { size: "mini", catalog }).columns[0]!;
  assert.equal(small.header, "C");
  assert.deepEqual(small.settings, { templates: "imagenet-80" });
  const smoke = resolveRecipe(recipe, { size: "smoke", catalog }).columns[0]!;
  assert.deepEqual([smoke.header, smoke.settings], ["B", { templates: "name" }]);
});

Deno.test("every setting says what it means, and has a default", () => {
  const keys = settingKeys(catalog);
  for (const { path, description } of keys) assert.ok(description.length > 5, path);
  const queue = keys.find(({ path }) => path === "methods.seed.queueSize");
  assert.deepEqual(queue, {
    path: "methods.seed.queueSize",
    description: "Length of the queue",
    default: 65536,
  });
});

Deno.test("a recipe of one's own needs neither note nor sizes, and may list class names", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "own.yaml");
    const write = (text: string) =>
      Deno.writeTextFile(
        path,
        [
          "table: own",
          "title: Own",
          "columns: [{ id: zs, group: G, header: H, task: zero-shot, data: photos }]",
          "rows:",
          "  - id: lgd",
          "    block: B",
          "    method: LGD",
          "    kind: run",
          "    pretrain: { method: lgd, teacher: t, student: s, data: photos, length: long, " +
          `text: ${text} }`,
          "protocol: { data: { photos: emojinet-100 }, teachers: { t: emoji-clip }, " +
          "students: { s: resnet18 }, lengths: { long: 9 } }",
        ].join("\n"),
      );
    await write("[cat, dog]");
    const { rows, sizes, note } = await loadRecipe(path);
    assert.deepEqual(rows[0]!.pretrain!.text, { names: ["cat", "dog"] });
    assert.deepEqual([sizes.mini.seeds, sizes.mini.protocol, note], [1, {}, ""]);
    await write("photos.txt");
    await assert.rejects(
      loadRecipe(path),
      /expected \{ task, data \}, \{ file: PATH \}, or a list/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a protocol may extend another, and say what the sizes of tables change", async () => {
  const protocolFolder = await Deno.makeTempDir();
  try {
    const write = (name: string, text: string) =>
      Deno.writeTextFile(join(protocolFolder, `${name}.yaml`), text);
    await write("base", "lengths: { one: 1, two: 2 }\n");
    await write(
      "middle",
      "extends: base\nlengths: { two: 3 }\nsizes: { smoke: { lengths: { two: 4 } } }\n",
    );
    await write("circle", "extends: circle\n");
    const text = (await tiny()).replace("title: Tiny", "title: Tiny\nextends: middle");
    const recipe = await loadText(text, { protocolFolder });
    const lengthsAt = (size: string) => {
      const { one, two } = resolveRecipe(recipe, { size, catalog }).protocol.lengths;
      return [one, two];
    };
    assert.deepEqual(["smoke", "mini"].map(lengthsAt), [[1, 4], [1, 3]]);
    await assert.rejects(
      loadText(text.replace("extends: middle", "extends: circle"), { protocolFolder }),
      /"circle" extends itself/,
    );
    await write("wrong", "sizes: { smol: {} }\n");
    await assert.rejects(
      loadText(text.replace("extends: middle", "extends: wrong"), { protocolFolder }),
      /wrong\.yaml: Unknown key "sizes\.smol"/,
    );
  } finally {
    await Deno.remove(protocolFolder, { recursive: true });
  }
});

Deno.test("settings of a task may differ for one student", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const set = ["byStudent.S.tasks.linear-probe.epochs=7"];
  const changed = resolveRecipe(recipe, { size: "mini", catalog, set });
  const column = changed.columns.find(({ task }) => task === "linear-probe")!;
  assert.notEqual(column.settings["epochs"], 7);
  assert.equal(changed.studentSettings.get(column.id)!.get("S")!["epochs"], 7);
  const row = planRows(changed, [0]).find(({ row }) => row === "good-seed")!;
  const measured = row.measures.find(({ spec }) => spec.task === "linear-probe")!;
  assert.equal(measured.spec.settings["epochs"], 7);
  assert.throws(
    () =>
      resolveRecipe(recipe, {
        size: "mini",
        catalog,
        set: ["byStudent.S.tasks.linear-prob.epochs=7"],
      }),
    /Did you mean "byStudent\.S\.tasks\.linear-probe"/,
  );
});

/** The tiny table with a teacher that is trained here in place of the registered one of SEED. */
async function taught(training: string, set: readonly string[] = []) {
  const text = (await tiny())
    .replace("{ main: emoji-clip }", `{ main: emoji-clip, labels: ${training} }`)
    .replace("{ method: seed, teacher: main,", "{ method: seed, teacher: labels,");
  return resolveRecipe(await loadText(text), { size: "mini", set, catalog });
}

const whole = "{ method: supervised, student: S, data: imagenet, length: short }";

Deno.test("a teacher may be a training of the recipe, with roles and settings as a row has them", async () => {
  const recipe = await taught(whole, ["byStudent.S.widthMultiplier=0.5"]);
  const { teacher, teacherTraining } = recipe.specs.get("good-seed")!;
  assert.equal(teacher, "supervised resnet18");
  const { role, seed, spec } = teacherTraining!;
  assert.deepEqual([role, seed], ["labels", 0]);
  const { method, student, data, epochs, text, pretrain } = spec;
  assert.deepEqual(
    { method, student, data, epochs, text, teacher: spec.teacher },
    {
      method: "supervised",
      student: "resnet18",
      data: "emojinet-100",
      epochs: 1,
      text: null,
      teacher: null,
    },
  );
  assert.equal(pretrain.widthMultiplier, 0.5);
  // --set gives one of its keys, or another teacher in its place.
  const longer = await taught(whole, ["teachers.labels.length=long"]);
  assert.equal(longer.specs.get("good-seed")!.teacherTraining!.spec.epochs, 2);
  const named = await taught(whole, ["teachers.labels=emoji-clip"]);
  const { teacher: name, teacherTraining: none } = named.specs.get("good-seed")!;
  assert.deepEqual([name, none], ["emoji-clip", undefined]);
  // A role that names another role has its teacher.
  const other = (await taught(whole.replace("short", "long"), ["teachers.main=labels"])
    .catch((error: Error) => error)) as Error;
  assert.match(other.message, /good-lgd\.pretrain\.teacher: .* "main" has none/);
  const trained = await taught(whole, [`teachers.labels=${whole}`, "teachers.main=other"]);
  assert.deepEqual(trained.specs.get("good-seed"), (await taught(whole)).specs.get("good-seed"));
});

Deno.test("a seed of a teacher that is trained is the same for every seed of its students", async () => {
  const text = (await tiny())
    .replace("{ main: emoji-clip }", `{ main: emoji-clip, labels: ${whole} }`)
    .replace("{ method: null, teacher: main,", "{ method: null, teacher: labels,");
  const recipe = resolveRecipe(await loadText(text), { size: "mini", catalog });
  const rows = planRows(recipe, [3, 4]).filter(({ row }) => row === "teacher");
  assert.deepEqual(rows.map(({ seed, train }) => [seed, train!.method]), [[0, "supervised"]]);
});

Deno.test("what is wrong with the training of a teacher is told by its key", async () => {
  const refused = (training: string, message: RegExp, set: string[] = []) =>
    assert.rejects(
      taught(training, set),
      (error) => error instanceof ConfigError && message.test(error.message),
      training,
    );
  await refused(
    "{ student: S, data: imagenet, length: long }",
    /teachers\.labels\.method: .*got none/,
  );
  await refused("{ method: supervised }", /student: expected a student role, got none/);
  await refused(whole.replace("S,", "R,"), /teachers\.labels\.student: Unknown student role "R"/);
  await refused(whole.replace("short", "shrt"), /teachers\.labels\.length: .*mean "short"/);
  await refused(whole.replace("supervised", "supervise"), /labels\.method: .*mean "supervised"/);
  await refused(
    whole.replace("data", "dta"),
    /Unknown key "teachers.labels.dta". Did you mean "teachers.labels.data"/,
  );
  await refused("[a]", /teachers\.labels: expected the name of a teacher, or \{ method/);
  await refused(
    whole.replace("supervised", "seed"),
    /method "seed" needs a teacher itself, expected one that needs none: supervised/,
  );
  await refused(
    whole,
    /--set teachers\.labels\.lenght=long: .*Did you mean "teachers\.labels\.length"/,
    [
      "teachers.labels.lenght=long",
    ],
  );
  await refused(
    whole,
    /"teachers\.main" has no keys; say how it is trained as a whole: teachers\.main='\{/,
    [
      "teachers.main.method=supervised",
    ],
  );
  await refused(whole, /"data\.imagenet" has no keys; set it itself/, ["data.imagenet.of=a"]);
  // What it cannot be used for names both.
  const text = (await tiny())
    .replace("{ main: emoji-clip }", `{ main: ${whole} }`);
  await assert.rejects(
    async () => resolveRecipe(await loadText(text), { size: "mini", catalog }),
    /good-lgd\.pretrain\.teacher: method "lgd" needs .* teacher "main" has none: .* by supervised/,
  );
  await refused(
    `${whole.slice(0, -1)}, pretrain: { batchSize: 1 } }`,
    /teachers\.labels\.pretrain\.batchSize: .*2 images or more/,
  );
  const clash = (await tiny()).replaceAll("good-seed", "teacher-labels")
    .replace("{ main: emoji-clip }", `{ main: emoji-clip, labels: ${whole} }`);
  const load = async () => resolveRecipe(await loadText(clash), { size: "mini", catalog });
  await assert.rejects(load, /rows\.teacher-labels: the training of teachers\.labels has this id/);
});
