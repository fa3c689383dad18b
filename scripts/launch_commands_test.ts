/**
 * Commands through the launcher, with the permissions that users have: what a package reads of the
 * environment, or where a command writes, fails nowhere else.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { withImageFolder, writeClasses } from "../core/data/testdata/image_folder.ts";
import { projectFolder } from "../core/files.ts";

/** A small table on an image folder: two students by supervised training and SEED, nearest neighbours. */
const recipe = (folder: string) => `
table: small
title: A small table
extends: distillation
columns:
  - { id: knn, group: Photos, header: k-NN, task: k-nn, data: photos }
rows:
  - id: supervised
    block: ResNet-18
    method: Supervised
    kind: run
    pretrain: { method: supervised, student: RN18, data: photos, length: long }
protocol:
  data: { photos: "imagefolder:${folder}/photos" }
  students: { RN18: resnet18 }
sizes:
  smoke: &smoke
    note: A test.
    seeds: 1
    protocol:
      lengths: { long: 1 }
      pretrain: { imageSize: 32, widthMultiplier: 0.125, batchSize: 16, viewsPerImage: 1, warmupEpochs: 0.1 }
      tasks: { k-nn: { k: 3 } }
      evaluation: { views: 1, splits: [val] }
  mini: *smoke
  paper: *smoke
`;

/** Runs a command as its task in `deno.json` does: by the launcher, with the launcher's permissions. */
async function run(
  folder: string,
  ...args: string[]
): Promise<{ code: number; out: string; errors: string }> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(projectFolder, "deno.json"))) as {
    tasks: Record<string, string>;
  };
  const [program, ...task] = tasks[args[0]!]!.split(" ");
  assert.equal(program, "deno");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...task, ...args.slice(1)],
    cwd: projectFolder,
    env: {
      LGD_BENCH_CACHE: join(folder, "cache"),
      CI: "1",
      // Set by the user for another program, they must disturb nothing.
      LOG_STREAM: "",
      NODE_DEBUG: "",
      SHARP_IGNORE_GLOBAL_LIBVIPS: "",
      TERM: "xterm-256color",
    },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), errors: decode(stderr) };
}

Deno.test("commands of a recipe, a student and a run folder end well with the launcher's permissions", () =>
  withImageFolder(async (folder) => {
    const classes = ["train/cat", "train/dog", "val/cat", "val/dog"];
    await writeClasses(join(folder, "photos"), classes, 16);
    const path = join(folder, "small.yaml");
    await Deno.writeTextFile(path, recipe(folder));
    const out = join(folder, "run"), store = `--store=${folder}/store`;
    const student = join(out, "models", "supervised.seed0.safetensors");
    const common = ["--size=smoke", store];
    const expected: [command: string[], output: RegExp][] = [
      [["reproduce", path, ...common, `--out=${out}`, "--dry-run"], /1 of 1 training to do/],
      [["reproduce", path, ...common, `--out=${out}`], /Trained 1 student and made 1 measurement/],
      [["reproduce", path, ...common, `--out=${out}`], /Nothing was left to run/],
      [
        ["evaluate", student, "--task=k-nn", ...common, `--out=${folder}/evaluation`],
        /k-nn, top-1 accuracy/,
      ],
      [["export", student, `--out=${folder}/export`], /student\.onnx/],
      [["report", out, `--out=${folder}/report.html`], /report\.html/],
      [["report", out, "--text"], /A small table/],
      [["compare", out, out, "--gate"], /Passed/],
      [["list", "settings"], /pretrain\.learningRate/],
      [["store", "verify", store, out], /0 damaged/],
      [["doctor"], /cache: .* can be written/],
    ];
    for (const [command, output] of expected) {
      const result = await run(folder, ...command);
      const said = `${command.join(" ")}\n${result.out}\n${result.errors}`;
      assert.equal(result.code, 0, said);
      assert.match(result.out + result.errors, output, said);
      assert.doesNotMatch(
        result.out + result.errors,
        /NotCapable|Requires \w+ access|--allow-/i,
        said,
      );
    }
  }));
