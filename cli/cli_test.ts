import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommand } from "../core/testdata/run_command.ts";

const cases: readonly { args: string[]; code: number; output?: RegExp; errors?: RegExp }[] = [
  { args: ["--version"], code: 0, output: /^\d+\.\d+\.\d+/ },
  { args: ["reproduce", "--help"], code: 0, output: /--dry-run/ },
  { args: ["reproduc"], code: 2, errors: /Did you mean reproduce/ },
  { args: ["reproduce"], code: 2, errors: /missing required argument/ },
  { args: ["reproduce", "table2", "--sise", "mini"], code: 2, errors: /Did you mean --size/ },
  { args: ["reproduce", "tabel2"], code: 2, errors: /Did you mean "table2"/ },
  { args: ["reproduce", "table2", "--size", "paper"], code: 3, errors: /ImageNet-1k/ },
  {
    args: ["reproduce", "all", "--cells", "rn18-*"],
    code: 2,
    errors: /--cells rn18-\*: it chooses trainings of one table/,
  },
  { args: ["reproduce", "all", "--size", "tiny"], code: 2, errors: /Unknown size "tiny"/ },
  { args: ["report", "nowhere"], code: 3, errors: /nowhere.result\.json: there is no such file/ },
  {
    args: ["reproduce", "table2", "--plugin", "none.ts"],
    code: 2,
    errors: /none\.ts: there is no/,
  },
  { args: ["distill", "--method", "ldg"], code: 2, errors: /Did you mean "lgd"/ },
  { args: ["distill", "--epochs", "0"], code: 2, errors: /Expected a number above 0/ },
  { args: ["evaluate", "none.safetensors"], code: 2, errors: /'--task <name>' not specified/ },
  {
    args: ["evaluate", "none.safetensors", "--task", "zero-shot"],
    code: 3,
    errors: /none\.safetensors: there is no such file/,
  },
  ...["0", "100000"].map((side) => ({
    args: ["detect", "none.safetensors", "none.png", "--short-side", side],
    code: 2,
    errors: new RegExp(`expected a whole number from 16 to 4096 pixels, got ${side}`),
  })),
  {
    args: ["figures", "none.safetensors"],
    code: 3,
    errors: /none\.safetensors: there is no such file/,
  },
  {
    args: ["figures", "teacher:emoji-clip", "--points", "9"],
    code: 2,
    errors: /Expected a whole number from 10 to 2000/,
  },
  { args: ["export", "none.safetensors"], code: 3, errors: /deno task distill/ },
  {
    args: ["reproduce", "--", "table2", "--size", "mini"],
    code: 2,
    errors: /without it:\n.*task reproduce table2 --size mini/,
  },
  {
    args: ["distill", "--seed", "9007199254740992"],
    code: 2,
    errors: /from 0 to 9007199254740991/,
  },
  { args: ["list", "methods"], code: 0, output: /lgd +LGD[\s\S]*supervised/ },
  { args: ["list", "settings"], code: 0, output: /methods\.lgd\.alpha .*\(default 0\.5\)/ },
  {
    args: ["reproduce", "--", "table2", "--dry-run"],
    code: 2,
    errors: /Did you mean, without it:\n {2}.* task reproduce table2 --dry-run/,
  },
  { args: ["doctor"], code: 0, output: /LGD_BENCH_CACHE +\S.*folder of the cache/ },
  {
    args: ["reproduce", "table2", "--size", "\x1b[2J\nerror: x"],
    code: 2,
    errors: /"�\[2J error: x"/,
  },
  {
    args: ["evaluate", "", "--task", "k-nn"],
    code: 2,
    errors: /Expected a path, got an empty text/,
  },
  {
    args: ["reproduce", "table2", "--dry-run", "--set", "tasks.semi-supervised.fraction=7"],
    code: 2,
    errors: /tasks\.semi-supervised\.fraction/,
  },
  {
    args: ["nightly", "--tables", "table3,tabel2", "--size", "smoke"],
    code: 2,
    errors: /Did you mean "table2"/,
  },
  { args: ["list", "settngs"], code: 2, errors: /Did you mean "settings"/ },
];

Deno.test("commands end with the exit codes of the contract and say what is wrong", async () => {
  for (const { args, code, output, errors } of cases) {
    const result = await runCommand(args);
    assert.equal(result.code, code, `${args.join(" ")}: ${result.errors}`);
    if (output !== undefined) assert.match(result.output, output);
    if (errors !== undefined) assert.match(result.errors, errors);
    // deno-lint-ignore no-control-regex -- none may be there
    assert.doesNotMatch(result.output + result.errors, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.doesNotMatch(result.errors, /\n {4}at /, "no stack trace for a user's mistake");
  }
});

Deno.test("a dry run prints the plan as JSON and writes nothing", async () => {
  const folder = join(await Deno.makeTempDir(), "run");
  const { code, output, errors } = await runCommand([
    "reproduce",
    "table2",
    "--dry-run",
    "--json",
    "--out",
    folder,
    "--store",
    join(folder, "store"),
  ]);
  assert.equal(code, 0, errors);
  const plan = JSON.parse(output);
  assert.equal(plan.folder, folder);
  assert.ok(plan.trainings.length >= 13);
  assert.ok(plan.steps > 0 && plan.images > 0);
  assert.ok(plan.toTrain > 0 && plan.toTrain <= plan.trainings.length);
  assert.ok(plan.toMeasure > plan.toTrain);
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("paths are relative to where the user stands", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { output, errors } = await runCommand(
      ["reproduce", "table2", "--dry-run", "--json", "--out", "here/run", "--store=~/store"],
      { INIT_CWD: folder, HOME: folder },
    );
    const plan = JSON.parse(output || errors);
    assert.equal(plan.folder, join(folder, "here", "run"));
    assert.equal(plan.store, join(folder, "store"));
    const missing = await runCommand(
      ["distill", "--data", "imagefolder:photos", "--out", "out"],
      { INIT_CWD: folder },
    );
    assert.ok(missing.errors.includes(join(folder, "photos")), missing.errors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
