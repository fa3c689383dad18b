/**
 * Time and memory of large inputs: one case a process, so that its peak is its own.
 *
 *     deno run -A benchmarks/speed/large_inputs.ts listing FOLDER
 *     deno run -A benchmarks/speed/large_inputs.ts names [COUNT]
 *     deno run -A benchmarks/speed/large_inputs.ts decode FORMAT [COPIES]
 *     deno run -A benchmarks/speed/large_inputs.ts store [ENTRIES]
 *     deno run -A benchmarks/speed/large_inputs.ts distill FOLDER
 *     deno run -A benchmarks/speed/large_inputs.ts annotations [OBJECTS]
 *
 * Prints one line of JSON. `docs/limits.md` has the numbers of one machine.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";
import sharp from "sharp";
import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import { decodeImage } from "../../core/data/decoding/image_decoder.ts";
import { trainSplit } from "../../core/data/dataset.ts";
import { getDataset } from "../../core/data/registry.ts";
import { listFolder } from "../../core/data/readers/imagefolder/folder_listing.ts";
import { hashJson, projectFolder } from "../../core/files.ts";
import { printJson } from "../../core/output.ts";
import { Store } from "../../core/store/store.ts";
import { checkClassNames } from "../../core/text/class_names.ts";
import { templateSets } from "../../core/text/templates.ts";
import { buildTextBank } from "../../core/text/text_bank.ts";
import { validateTextNames } from "../../core/text/text_names.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { teachers } from "../../teachers/registry.ts";
import { peakBytes } from "./time_steps.ts";

const empty = new Uint8Array(0);

/** Steps of the distillation. */
const distillSteps = 200;
const distillBatch = 64;
/** Side of the large images, pixels: 64 million of them. */
const largeSide = 8000;

/** What one case gives: seconds of its parts, and counts. */
type Measurement = Record<string, number>;

/** Seconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const seconds = (performance.now() - last) / 1000;
    last = performance.now();
    return seconds;
  };
}

/** Lists an image folder. */
async function measureListing(folder: string): Promise<Measurement> {
  const lap = stopwatch();
  const { samples } = await listFolder(folder);
  const images = [...samples.values()].reduce((sum, { length }) => sum + length, 0);
  return { images, listSeconds: lap() };
}

/** Names of two known words each, all different. */
export async function makeNames(count: number): Promise<string[]> {
  const words = (await loadWordVectors()).words.filter((word) => word.length > 3);
  const most = words.length * (words.length - 1);
  if (count > most) throw new RangeError(`Cannot make ${count} names, at most ${most}`);
  return Array.from({ length: count }, (_, index) => {
    const first = index % words.length;
    const second = (first + 1 + Math.floor(index / words.length)) % words.length;
    return `${words[first]} ${words[second]}`;
  });
}

/** Checks class names and builds their text bank with the published prompts. */
async function measureNames(count: number): Promise<Measurement> {
  const text = (await makeNames(count)).join("\n");
  const teacher = await teachers.get("emoji-clip")();
  const words = await loadWordVectors();
  const lap = stopwatch();
  const { names } = checkClassNames(text, "names", words);
  const readSeconds = lap();
  await validateTextNames(names, "names", { unknownWords: teacher.unknownWords! });
  const checkSeconds = lap();
  const { classes } = await buildTextBank(teacher.encodeText!, names, templateSets["imagenet-80"]);
  return { classes, readSeconds, checkSeconds, bankSeconds: lap() };
}

/** Decodes copies of a picture of 64 million pixels at the same time. */
async function measureDecoding(format: string, copies: number): Promise<Measurement> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, `large.${format}`);
  try {
    // Made in a process of its own, whose memory does not count here.
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", import.meta.filename!, "make-picture", format, path],
    }).output();
    if (!success) throw new Error(`Cannot make a picture of format ${format}`);
    sharp.concurrency(1);
    const lap = stopwatch();
    await Promise.all(Array.from({ length: copies }, () => decodeImage(path)));
    return { copies, megapixels: largeSide ** 2 / 1e6, decodeSeconds: lap() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makePicture(format: string, path: string): Promise<Measurement> {
  const pixels = Buffer.alloc(largeSide ** 2 * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 7 + (at >> 9)) & 255;
  const raw = { width: largeSide, height: largeSide, channels: 3 as const };
  await sharp(pixels, { raw }).toFormat(format as "jpeg" | "png").toFile(path);
  return {};
}

/** Writes a store and looks everything up again, with every byte verified. */
async function measureStore(entries: number): Promise<Measurement> {
  const folder = await Deno.makeTempDir();
  try {
    const keys = Array.from({ length: entries }, (_, index) => hashJson({ index }));
    const evidence = Uint8Array.from({ length: 4000 }, (_, index) => index % 251);
    const lap = stopwatch();
    const writer = await Store.open(folder);
    for (const key of keys) {
      await writer.put("outcome", key, {
        info: { label: "x" },
        files: { "evidence.bin": evidence },
      });
    }
    const putSeconds = lap();
    const store = await Store.open(folder);
    for (const key of keys) store.peek("outcome", key);
    const peekSeconds = lap();
    for (const key of keys) await store.find("outcome", key, { load: ["evidence.bin"] });
    const findSeconds = lap();
    let listed = 0;
    for await (const _ of store.list()) listed++;
    return { entries: listed, putSeconds, peekSeconds, findSeconds, listSeconds: lap() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Peak of the resident memory of a process while it runs, in bytes. Linux only. */
async function watchPeak(process: Deno.ChildProcess): Promise<number> {
  let peak = 0, running = true;
  const status = process.status.finally(() => running = false);
  while (running) {
    const text = await Deno.readTextFile(`/proc/${process.pid}/status`).catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!(await status).success) throw new Error("The distillation failed");
  return peak;
}

/** Distils a tiny student on fresh views of a folder, with the teacher live. */
async function measureDistillation(folder: string): Promise<Measurement> {
  const data = `imagefolder:${folder}`;
  const dataset = await getDataset(data);
  const images = (await dataset.samples(trainSplit(dataset))).length;
  const out = await Deno.makeTempDir();
  const names = join(out, "names.txt");
  await Deno.writeTextFile(names, "cat\ndog\ncar\napple\nhouse\ntree\nbird\nfish\n");
  const settings = {
    "pretrain.views": "fresh",
    "pretrain.batchSize": distillBatch,
    "pretrain.imageSize": 32,
    "pretrain.widthMultiplier": 0.25,
    "pretrain.warmupEpochs": 0,
  };
  try {
    const lap = stopwatch();
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", `--config=${join(projectFolder, "deno.json")}`],
        ...[join(projectFolder, "cli.ts"), "distill", "--data", data, "--text", `file:${names}`],
        ...["--size", "smoke", "--student", "mobilenet_v3_large"],
        ...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]),
        ...["--epochs", String(distillSteps / Math.floor(images / distillBatch))],
        ...["--out", join(out, "run"), "--store", join(out, "store")],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const distillPeak = await watchPeak(process);
    return { images, distillPeak, distillSeconds: lap() };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

/** Text of an annotation file: eight objects an image, each of one polygon of 30 corners. */
function* annotationText(objects: number): Generator<string> {
  const images = Math.ceil(objects / 8);
  yield '{"categories": [{"id": 1, "name": "thing"}],\n"images": [';
  for (let id = 0; id < images; id++) {
    const row = { id, file_name: `${id}.jpg`, width: 640, height: 480, flickr_url: "x".repeat(60) };
    yield (id === 0 ? "" : ",\n") + JSON.stringify(row);
  }
  yield '],\n"annotations": [';
  for (let id = 0; id < objects; id++) {
    const corners = Array.from(
      { length: 60 },
      (_, at) => ((id * 7919 + at * 104_729) % 46_000) / 100,
    );
    const row = {
      segmentation: [corners],
      area: 1234.5,
      iscrowd: 0,
      image_id: id * 31 % images,
      bbox: [1.25, 2.5, 300.75, 200.5],
      category_id: 1,
      id,
    };
    yield (id === 0 ? "" : ",\n") + JSON.stringify(row);
  }
  yield "]}";
}

/** Lists an annotation file of COCO's kind and reads the objects of 1,000 images. */
async function measureAnnotations(objects: number): Promise<Measurement> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "instances_train.json");
    await Deno.mkdir(join(folder, "train"));
    const images = Math.ceil(objects / 8);
    for (let id = 0; id < images; id++) Deno.writeFileSync(join(folder, `train/${id}.jpg`), empty);
    const text = ReadableStream.from(annotationText(objects));
    await Deno.writeTextFile(path, text);
    const { size } = await Deno.stat(path);
    const lap = stopwatch();
    const dataset = await getDataset<InstancesAnnotation>(`coco:${folder}`);
    const listSeconds = lap();
    const read = Math.min(1000, images);
    for (let index = 0; index < read; index++) await dataset.annotation("train", index);
    return { objects, fileBytes: size, listSeconds, secondsPerImage: lap() / read };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure([name, ...args]: readonly string[]): Promise<Measurement> {
  switch (name) {
    case "listing":
      return await measureListing(args[0] ?? ".");
    case "names":
      return await measureNames(Number(args[0] ?? 20_000));
    case "decode":
      return await measureDecoding(args[0] ?? "jpeg", Number(args[1] ?? 2));
    case "make-picture":
      return await makePicture(args[0]!, args[1]!);
    case "store":
      return await measureStore(Number(args[0] ?? 10_000));
    case "distill":
      return await measureDistillation(args[0] ?? ".");
    case "annotations":
      return await measureAnnotations(Number(args[0] ?? 860_000));
    default:
      throw new Error(
        `Expected listing, names, decode, store, distill or annotations, got ${name}`,
      );
  }
}

if (import.meta.main) {
  const measured = await measure(Deno.args);
  printJson({ ...measured, peakBytes: peakBytes() }, { indent: 0 });
}
