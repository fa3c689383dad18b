import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { protocolKeys } from "./protocol.ts";
import { loadRecipe, resolveRecipe, sizeNames, tableNames } from "./recipe.ts";

const folder = join(projectFolder, "pipeline", "testdata");

async function loadText(text: string) {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    return await loadRecipe(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("every recipe of the project resolves at every size", async () => {
  const names = tableNames();
  assert.ok(names.includes("table2"));
  for (const name of names) {
    const recipe = await loadRecipe(name);
    for (const size of sizeNames) assert.equal(resolveRecipe(recipe, { size }).size, size);
  }
});

Deno.test("the paper size of table2 is the published setting", async () => {
  const { protocol } = resolveRecipe(await loadRecipe("table2"), { size: "paper" });
  const { pretrain, linearProbe, lengths } = protocol;
  assert.deepEqual(lengths, { long: 200, short: 90 });
  assert.equal(pretrain.learningRate, 0.03 * pretrain.batchSize / 256);
  assert.equal(pretrain.learningRate * pretrain.warmupFactor, 0.03);
  assert.equal(linearProbe.learningRate, 30 * linearProbe.batchSize / 256);
  const { temperatureStudent, temperatureTeacher, bankMomentum, alpha, queueSize } = pretrain;
  assert.deepEqual(
    { temperatureStudent, temperatureTeacher, bankMomentum, alpha, queueSize },
    {
      temperatureStudent: 0.2,
      temperatureTeacher: 0.01,
      bankMomentum: 0.999,
      alpha: 0.5,
      queueSize: 65536,
    },
  );
  assert.equal(pretrain.renormalizeBank, false);
  assert.equal(pretrain.prependPositive, true);
});

Deno.test("--set overrides a setting by its type, last one wins, and changes the hash", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const plain = resolveRecipe(recipe, { size: "mini" });
  const changed = resolveRecipe(recipe, {
    size: "mini",
    set: [
      "pretrain.alpha=1",
      "pretrain.alpha=0.25",
      "protocol.pretrain.renormalizeBank=true",
      "evaluation.splits=[ood, val]",
      "data.imagenet=imagefolder:./a=b",
      "byStudent.S.widthMultiplier=0.5",
      "text.imagenet=file:names.txt",
    ],
  });
  assert.equal(changed.protocol.pretrain.alpha, 0.25);
  assert.equal(changed.protocol.pretrain.renormalizeBank, true);
  assert.deepEqual(changed.protocol.evaluation.splits, ["ood", "val"]);
  assert.equal(changed.protocol.data["imagenet"], "imagefolder:./a=b");
  assert.equal(changed.protocol.byStudent["S"]!.widthMultiplier, 0.5);
  assert.equal(changed.protocol.text["imagenet"], "file:names.txt");
  assert.notEqual(changed.configHash, plain.configHash);
  assert.equal(plain.configHash, resolveRecipe(recipe, { size: "mini" }).configHash);
  assert.ok(Object.isFrozen(plain.protocol.pretrain));
});

Deno.test("all errors of overrides come in one message, with the nearest keys", async () => {
  const recipe = await loadRecipe("tiny", { folder });
  const set = [
    "pretrain.learningrate=1",
    "data.imagnet=x",
    "alpha=1",
    "nonsense",
    "pretrain=1",
    "pretrain.alpha=2",
    "pretrain.templates=emojy",
    "pretrain.queueSize=15",
    "constructor.prototype=1",
  ];
  assert.throws(() => resolveRecipe(recipe, { size: "mini", set }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.exitCode, 2);
    for (
      const part of [
        '"pretrain.learningrate". Did you mean "pretrain.learningRate"?',
        '"data.imagnet". Did you mean "data.imagenet"?',
        '"alpha". Did you mean "pretrain.alpha"?',
        "--set nonsense: wanted KEY=VALUE",
        '"pretrain" is a group of keys',
        "pretrain.alpha: Too big: expected number to be <=1; found 2",
        'found "emojy". Did you mean "emoji"?',
        'Unknown key "constructor"',
      ]
    ) assert.ok(error.message.includes(part), `${part} in ${error.message}`);
    return true;
  });
  assert.throws(
    () => resolveRecipe(recipe, { size: "mini", set: ["pretrain.queueSize=15"] }),
    /queueSize: wanted a multiple of batchSize 10; found 15/,
  );
  assert.throws(
    () => resolveRecipe(recipe, { size: "mini", set: ["pretrain.warmupEpochs=1.5"] }),
    /warmupEpochs: wanted less than lengths.short \(1\); found 1.5/,
  );
  assert.throws(() => resolveRecipe(recipe, { size: "mino" }), /Did you mean "mini"/);
});

Deno.test("unknown tables and broken recipes are explained", async () => {
  await assert.rejects(loadRecipe("tabel2"), /Unknown table "tabel2". Did you mean "table2"/);
  await assert.rejects(loadRecipe("../deno"), /Unknown table/);
  await assert.rejects(loadRecipe("none.yaml"), /there is no such file/);
  await assert.rejects(loadText("a: [1"), ConfigError);
  const text = await Deno.readTextFile(join(folder, "tiny.yaml"));
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
    loadText(text.replace("method: lgd, teacher: main", "method: lgd, teacher: mian")),
    /Unknown teacher role "mian". Did you mean "main"/,
  );
});

Deno.test("every key of the protocol says what it means", () => {
  for (const { path, description } of protocolKeys()) assert.ok(description.length > 5, path);
});
