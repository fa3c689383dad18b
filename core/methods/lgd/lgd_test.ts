import assert from "node:assert/strict";
import { floatTensor } from "../../engine/session.ts";
import { ConfigError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { buildTextBank } from "../../text/text_bank.ts";
import { assertNear, MethodRunner, unitRows } from "../testdata/method_step.ts";
import { numericGradient, PlainLgd, toRows } from "../testdata/plain_reference.ts";
import { lgd, type LgdSettings, lgdSettings, prepareLgd } from "./lgd.ts";

const dimension = 8;
const seed = 5;
const published = lgdSettings.parse({});

interface Case {
  readonly title: string;
  readonly classes: number;
  readonly batchSize: number;
  readonly options: Partial<LgdSettings>;
}

const cases: readonly Case[] = [
  { title: "the published settings", classes: 7, batchSize: 5, options: {} },
  { title: "fewer classes than images", classes: 3, batchSize: 16, options: {} },
  { title: "one class", classes: 1, batchSize: 4, options: {} },
  { title: "one image", classes: 5, batchSize: 1, options: {} },
  { title: "alpha 0.2", classes: 7, batchSize: 5, options: { alpha: 0.2 } },
  { title: "no textual loss", classes: 7, batchSize: 5, options: { alpha: 1 } },
  { title: "no visual loss", classes: 7, batchSize: 5, options: { alpha: 0 } },
  { title: "no positive", classes: 7, batchSize: 5, options: { prependPositive: false } },
  {
    title: "a bank of unit length",
    classes: 4,
    batchSize: 6,
    options: { renormalizeBank: true, bankMomentum: 0.6 },
  },
  {
    title: "other temperatures and momentum",
    classes: 4,
    batchSize: 9,
    options: { temperatureStudent: 0.07, temperatureTeacher: 0.04, bankMomentum: 0.5 },
  },
];

function textBank(classes: number) {
  const data = unitRows(new RandomStream(1, "text", classes), classes, dimension);
  return { data, classes, dimension };
}

/** Steps in a row, each compared with the reference; how often classes came first, again, never. */
async function compare({ title, classes, batchSize, options }: Case, steps: number) {
  const bank = textBank(classes);
  const settings = { ...published, ...options };
  const method = prepareLgd({ settings, seed, textBank: bank });
  const runner = await MethodRunner.create(method, batchSize);
  const plain = new PlainLgd({
    text: toRows(bank.data, dimension),
    bank: toRows(method.initialState()["bank"]!.data, dimension),
    temperatures: {
      student: options.temperatureStudent ?? 0.2,
      teacher: options.temperatureTeacher ?? 0.01,
    },
    alpha: options.alpha ?? 0.5,
    momentum: options.bankMomentum ?? 0.999,
    renormalize: options.renormalizeBank ?? false,
    prependPositive: options.prependPositive ?? true,
  });
  const random = new RandomStream(2, title);
  const totals = { first: 0, again: 0, absent: 0 };
  for (let step = 0; step < steps; step++) {
    const teacher = unitRows(random, batchSize, dimension, { anchors: bank.data, pull: 4 });
    const student = unitRows(random, batchSize, dimension, { anchors: teacher, pull: 2 });
    const actual = await runner.step(student, {
      teacher: floatTensor(teacher, [batchSize, dimension]),
    });
    const zT = toRows(teacher, dimension), zS = toRows(student, dimension);
    const wanted = plain.loss(zS, zT);
    const what = `${title}, step ${step}`;
    assertNear([actual.loss], [wanted.loss], 1e-5, `${what}: loss`);
    assert.deepEqual(Object.keys(actual.parts), ["visual", "textual"]);
    // Over one class there is nothing to choose: the textual loss is 0.
    if (classes === 1) assert.equal(Math.abs(actual.parts["textual"]!), 0);
    else assertNear([actual.parts["textual"]!], [wanted.textual], 1e-5, `${what}: textual`);
    assertNear([actual.parts["visual"]!], [wanted.visual], 1e-5, `${what}: visual`);
    const gradient = numericGradient((z) => plain.loss(z, zT).loss, zS).flat();
    assertNear(actual.gradient, gradient, 1e-5, `${what}: gradient`);
    const counts = plain.update(zT);
    totals.first += counts.first;
    totals.again += counts.again;
    totals.absent += counts.absent;
    const next = runner.state["bank"]!.data as Float32Array;
    assertNear(next, plain.bank.flat(), 1e-5, `${what}: bank`);
    assert.deepEqual([...runner.state["visited"]!.data], plain.visited.map(Number), what);
  }
  await runner.release();
  return totals;
}

for (const testCase of cases) {
  Deno.test(`prepareLgd() equals the plain reference over five steps: ${testCase.title}`, async () => {
    const totals = await compare(testCase, 5);
    assert(totals.first > 0 && totals.again > 0, "the batches visit no class twice");
    if (testCase.classes === 7) assert(totals.absent > 0, "no batch leaves a class out");
  });
}

Deno.test("prepareLgd() reads the bank as it was before the step", async () => {
  const bank = textBank(4);
  const method = prepareLgd({ settings: published, seed, textBank: bank });
  const runner = await MethodRunner.create(method, 4);
  const random = new RandomStream(3);
  const teacher = unitRows(random, 4, dimension), student = unitRows(random, 4, dimension);
  const batch = { teacher: floatTensor(teacher, [4, dimension]) };
  const first = await runner.step(student, batch);
  // The same batch again meets the bank that the first step left.
  const second = await runner.step(student, batch);
  assert.equal(second.parts["textual"], first.parts["textual"]);
  assert(Math.abs(second.parts["visual"]! - first.parts["visual"]!) > 1e-3);
  await runner.release();
});

Deno.test("prepareLgd() starts from unit noise that only the seed decides, and no class visited", () => {
  const start = (seed: number) =>
    prepareLgd({ settings: published, seed, textBank: textBank(5) }).initialState();
  const { bank, visited, text } = start(1);
  assert.deepEqual(bank!.shape, [5, dimension]);
  assert.deepEqual([...visited!.data], [0, 0, 0, 0, 0]);
  assert.deepEqual(text!.data, textBank(5).data);
  for (const row of toRows(bank!.data, dimension)) {
    assert(Math.abs(Math.hypot(...row) - 1) < 1e-6);
  }
  assert.deepEqual(start(1)["bank"]!.data, bank!.data);
  assert.notDeepEqual(start(2)["bank"]!.data, bank!.data);
});

Deno.test("prepareLgd() with one first visit stores the mean teacher embedding, shorter than 1", async () => {
  // Two classes on two axes; three images of the first, none of the second.
  const text = Float32Array.of(1, 0, 0, 1);
  const textBank = { data: text, classes: 2, dimension: 2 };
  const method = prepareLgd({ settings: published, seed, textBank });
  const runner = await MethodRunner.create(method, 3);
  const noise = runner.state["bank"]!.data.slice(2);
  const teacher = Float32Array.of(1, 0, 0.8, 0.6, 0.8, -0.6);
  await runner.step(teacher, { teacher: floatTensor(teacher, [3, 2]) });
  const bank = runner.state["bank"]!.data as Float32Array;
  assertNear(bank.subarray(0, 2), [2.6 / 3, 0], 1e-6, "mean of the first class");
  assert.deepEqual(bank.slice(2), noise, "the second class keeps its noise to the bit");
  assert.deepEqual([...runner.state["visited"]!.data], [1, 0]);
  await runner.release();
});

const names = ["owl", "fox"];
/** A training with a teacher that knows no foxes. */
const context = {
  settings: published,
  seed,
  batchSize: 4,
  stepsPerEpoch: 1,
  classes: 7,
  teacher: {
    name: "toy",
    dimension: 2,
    encodeText: (texts: readonly string[]) =>
      Promise.resolve(Float32Array.from(texts.flatMap((text) => [text.length, 1]))),
    unknownWords: (text: string) => Promise.resolve(text === "fox" ? ["fox"] : []),
  },
  text: { classNames: names, templates: ["a {}", "{}"], source: "toys" },
  onWarning: () => {},
};

Deno.test("lgd builds its bank from the names and templates it is given, and tells unknown words", async () => {
  const warnings: string[] = [];
  const method = await lgd.prepare({ ...context, onWarning: (text) => warnings.push(text) });
  const expected = await buildTextBank(context.teacher.encodeText, names, ["a {}", "{}"]);
  assert.deepEqual(method.initialState()["text"]!.data, expected.data);
  assert.deepEqual(method.head, { output: "embedding", dimension: 2 });
  assert.deepEqual(warnings, ['toys: toy does not know fox in "fox"']);
});

Deno.test("lgd tells twenty names with unknown words, and counts the others", async () => {
  for (const count of [20, 23]) {
    const warnings: string[] = [];
    const classNames = Array.from({ length: count }, (_, index) => `fox ${index}`);
    await lgd.prepare({
      ...context,
      teacher: { ...context.teacher, unknownWords: () => Promise.resolve(["fox"]) },
      text: { ...context.text, classNames },
      onWarning: (text) => warnings.push(text),
    });
    const told = classNames.slice(0, 20).map((name) => `fox in "${name}"`).join("; ");
    const rest = count === 20 ? "" : "; words of 3 more names";
    assert.deepEqual(warnings, [`toys: toy does not know ${told}${rest}`]);
  }
});

Deno.test("lgd refuses a teacher without texts, and a training without names", async () => {
  const mute = { ...context, teacher: { name: "mute", dimension: 2 } };
  await assert.rejects(lgd.prepare(mute), /from mute: it has no text encoder/);
  await assert.rejects(lgd.prepare({ ...context, teacher: null }), ConfigError);
  await assert.rejects(lgd.prepare({ ...context, text: null }), /no class names/);
});
