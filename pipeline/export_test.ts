import assert from "node:assert/strict";
import { join } from "node:path";
import { ModelFile } from "../core/engine/model_file.ts";
import { floatTensor } from "../core/engine/session.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { studentOutput } from "../core/methods/distillation_step.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import { readSafetensors, type WritableTensor, writeSafetensors } from "../core/nn/safetensors.ts";
import { RandomStream } from "../core/random.ts";
import { students } from "../students/registry.ts";
import { chooseStem } from "../students/student.ts";
import { encodeStudent, exportStudent, largestDifference } from "./export.ts";
import { studentBackbone } from "./student_backbone.ts";
import { readStudentFile } from "./student_file.ts";
import {
  encodeStudentFile,
  encodeStudentMetadata,
  type StudentHead,
  type StudentMetadata,
} from "./student_metadata.ts";

const size = { imageSize: 32, widthMultiplier: 0.125 };

/** Fresh weights of a student, with running statistics as after a training. */
function randomWeights(name: string, head: StudentHead): NamedTensors {
  const backbone = studentBackbone(students.get(name), size);
  const spec = traceModel({ layout: "nchw", mode: "eval" }, (context) => {
    const images = context.graph.input("images", "uint8", [1, 3, size.imageSize, size.imageSize]);
    studentOutput(context, backbone, images, head);
  });
  const weights = new Map([
    ...namedParts(initializeFlat(spec.parameters, 1), spec.parameters),
    ...namedParts(initializeFlat(spec.buffers, 1), spec.buffers),
  ]);
  for (const [tensor, { data }] of weights) {
    const random = new RandomStream(2, tensor);
    for (let index = 0; index < data.length; index++) {
      if (tensor.endsWith("running_var")) data[index] = 0.5 + random.uniform();
      else if (tensor.endsWith("running_mean")) data[index] = random.normal() * 0.1;
      else if (data[index] === 1 || data[index] === 0) data[index]! += random.normal() * 0.1;
    }
  }
  return weights;
}

function metadataOf(student: string, head: StudentHead | null): StudentMetadata {
  return {
    student,
    ...size,
    stem: chooseStem(size),
    head,
    teacher: "emoji-clip",
    teacherHash: null,
    classNames: ["dog face", "cat face"],
    pretrain: null,
    modelKey: null,
    seed: 0,
    steps: 12,
  };
}

async function withStudent(
  student: string,
  head: StudentHead,
  test: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "student.safetensors");
    const bytes = encodeStudentFile(randomWeights(student, head), metadataOf(student, head));
    await Deno.writeFile(path, bytes);
    await test(path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const embedding: StudentHead = { output: "embedding", dimension: 16 };

for (const name of students.names()) {
  Deno.test(`an exported ${name} gives the numbers of the evaluation graph, at any batch`, () =>
    withStudent(name, embedding, async (path) => {
      const file = await readStudentFile(path);
      const bytes = await encodeStudent(file, embedding);
      assert.ok(await largestDifference(bytes, file, embedding) < 1e-5);
    }));
}

Deno.test("the comparison of an exported student notices one changed weight", () =>
  withStudent("resnet18", embedding, async (path) => {
    const file = await readStudentFile(path);
    const bytes = await encodeStudent(file, embedding);
    file.weights.get("layer2.0.conv1.weight")!.data[5]! += 0.5;
    assert.ok(await largestDifference(bytes, file, embedding) > 1e-4);
  }));

Deno.test("the comparison of an exported student is as strict where its numbers are small", () =>
  withStudent("mobilenet_v2", embedding, async (path) => {
    const file = await readStudentFile(path);
    const scaleLast = (factor: number) => {
      for (const name of ["features.18.1.weight", "features.18.1.bias"]) {
        const { data } = file.weights.get(name)!;
        data.forEach((value, index) => data[index] = factor * value);
      }
    };
    scaleLast(1e-4);
    const bytes = await encodeStudent(file, null);
    assert.ok(await largestDifference(bytes, file, null) < 1e-5);
    scaleLast(1.01);
    const difference = await largestDifference(bytes, file, null);
    assert.ok(difference > 0.005 && difference < 0.02, `${difference}`);
  }));

Deno.test("exportStudent writes both files, without the head unless it is asked for", () =>
  withStudent("mobilenet_v2", embedding, async (path, folder) => {
    const bare = await exportStudent({ checkpoint: path });
    assert.deepEqual(bare.outputs, ["features"]);
    assert.equal(bare.onnx, join(folder, "export", "student.onnx"));
    const { tensors, metadata } = readSafetensors(await Deno.readFile(bare.safetensors), "bare");
    assert.ok(tensors.has("features.0.0.weight"));
    assert.ok(![...tensors.keys()].some((name) => name.startsWith("classifier.")));
    assert.equal(metadata["head"], undefined);
    // It is a student file again: a backbone that can be probed.
    assert.equal((await readStudentFile(bare.safetensors)).head, null);

    const whole = await exportStudent({ checkpoint: path, keepHead: true, out: join(folder, "h") });
    assert.deepEqual(whole.outputs, ["features", "embedding"]);
    assert.deepEqual((await readStudentFile(whole.safetensors)).head, embedding);
    const model = await ModelFile.open(await Deno.readFile(whole.onnx), { source: "whole" });
    assert.deepEqual(model.inputs[0]!.shape, ["batch", 3, 32, 32]);
    const images = floatTensor(new Float32Array(2 * 3 * 32 * 32).fill(0.5), [2, 3, 32, 32]);
    const outputs = await model.run({ images });
    assert.deepEqual(outputs["embedding"]!.shape, [2, 16]);
    const length = Math.hypot(...outputs["embedding"]!.data.slice(0, 16) as Float32Array);
    assert.ok(Math.abs(length - 1) < 1e-5);
    await assert.rejects(
      model.run({ images: floatTensor(new Float32Array(3 * 8 * 8), [1, 3, 8, 8]) }),
      /Cannot run whole/,
    );
    await model.release();
    await assert.rejects(
      ModelFile.open(new Uint8Array([1, 2, 3]), { source: "torn.onnx" }),
      (error) => error instanceof DataError && /torn\.onnx/.test(error.message),
    );
  }));

Deno.test("exportStudent never overwrites the student, by whatever link, nor a run", () =>
  withStudent("mobilenet_v2", embedding, async (path, folder) => {
    const bytes = await Deno.readFile(path);
    const refuse = async (checkpoint: string, out: string, reason: RegExp) => {
      await assert.rejects(
        exportStudent({ checkpoint, out }),
        (error) => error instanceof ConfigError && reason.test(error.message),
      );
      assert.deepEqual(await Deno.readFile(path), bytes);
      await assert.rejects(Deno.stat(join(folder, "student.onnx")), Deno.errors.NotFound);
    };
    await refuse(path, folder, /student\.safetensors: that is read by this command and would be/);
    const link = join(folder, "link.safetensors");
    await Deno.symlink(path, link);
    await refuse(link, folder, /that, which is .*link\.safetensors, is read/);
    await Deno.symlink(folder, join(folder, "folder"));
    await refuse(path, join(folder, "folder"), /would be lost/);
    const other = join(folder, "other");
    await Deno.mkdir(other);
    // The other way round: what would be replaced is a link to the student, hard or not.
    await Deno.symlink(path, join(other, "student.safetensors"));
    await refuse(path, other, /would be lost/);
    await Deno.remove(join(other, "student.safetensors"));
    await Deno.link(path, join(other, "student.onnx"));
    await refuse(path, other, /student\.onnx: that, which is/);
    const run = join(folder, "run");
    await Deno.mkdir(run);
    await Deno.writeTextFile(join(run, "lock.json"), "");
    await refuse(path, run, /it holds a run \(lock\.json\)/);
  }));

Deno.test("a student file that cannot be used says why", () =>
  withStudent("resnet18", { output: "logits", dimension: 3 }, async (path, folder) => {
    await assert.rejects(readStudentFile(join(folder, "none")), /there is no such file/);
    const plain = join(folder, "plain.safetensors");
    await Deno.writeFile(plain, writeSafetensors((await readStudentFile(path)).weights));
    await assert.rejects(
      readStudentFile(plain),
      (error) => error instanceof ConfigError && /--student \(resnet18/.test(error.message),
    );
    const overrides = { student: "resnet18", ...size, stem: "small" } as const;
    assert.equal((await readStudentFile(plain, overrides)).head, null);
    await assert.rejects(
      readStudentFile(plain, { ...overrides, widthMultiplier: 0.25 }),
      (error) =>
        error instanceof DataError &&
        // Every weight that does not fit is named, the first and the last.
        /conv1\.weight is \[8, 3, 3, 3\], expected \[16, 3, 3, 3\]/.test(error.message) &&
        /layer4\.1\.bn2\.running_var is \[64\], expected \[128\]/.test(error.message),
    );
    await assert.rejects(
      readStudentFile(plain, { ...overrides, stem: "standard" }),
      /conv1\.weight is \[8, 3, 3, 3\], expected \[8, 3, 7, 7\]/,
    );
    await assert.rejects(readStudentFile(plain, { ...overrides, student: "resnet8" }), /Did you/);
    await assert.rejects(
      readStudentFile(plain, { ...overrides, imageSize: 20_000 }),
      /largest are/,
    );
    const { weights } = await readStudentFile(path);
    const spoilt = new Map<string, WritableTensor>(weights);
    spoilt.set("bn1.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) });
    await Deno.writeFile(plain, writeSafetensors(spoilt));
    await readStudentFile(plain, overrides);
    const integers = { shape: [5], data: new BigInt64Array(5) };
    for (const name of ["bn1.num_batches_tracked", "foo.bar", "conv1.weight"]) {
      spoilt.set(name, integers);
    }
    const { data, ...classifier } = weights.get("fc.weight")!;
    spoilt.set("fc.weight", { shape: [3, 4], data: data.slice(0, 12) });
    spoilt.set("fc.bogus", { shape: [1], data: new Float32Array(1) });
    const bias = weights.get("bn1.bias")!;
    spoilt.set("bn1.bias", { ...bias, data: bias.data.map(() => NaN) });
    const variance = weights.get("bn1.running_var")!;
    spoilt.set("bn1.running_var", { ...variance, data: variance.data.map((value) => -value) });
    await Deno.writeFile(plain, writeSafetensors(spoilt));
    await assert.rejects(readStudentFile(plain, overrides), (error: Error) => {
      for (
        const problem of [
          /wrong shape: bn1\.num_batches_tracked is \[5\]/,
          /extra: foo\.bar \[5\] I64/,
          /wrong type: conv1\.weight is I64/,
          new RegExp(
            `wrong shape: fc\\.weight is \\[3, 4\\], expected \\[3, ${classifier.shape[1]}\\]`,
          ),
          /extra: fc\.bogus \[1\]/,
          /NaN or infinite numbers: bn1\.bias/,
          /negative variances: bn1\.running_var/,
        ]
      ) assert.match(error.message, problem);
      return error instanceof DataError;
    });
    const metadata = { ...encodeStudentMetadata(metadataOf("resnet18", null)), imageSize: "big" };
    await Deno.writeFile(plain, writeSafetensors(new Map(), { metadata }));
    await assert.rejects(readStudentFile(plain), /metadata are wrong: imageSize/);
    const cut = (await Deno.readFile(path)).subarray(0, 5000);
    await Deno.writeFile(plain, cut);
    await assert.rejects(readStudentFile(plain), DataError);
  }));

Deno.test("a student whose weights or metadata were changed is refused by every reader", () =>
  withStudent("resnet18", embedding, async (path, folder) => {
    const bytes = await Deno.readFile(path);
    const changed = join(folder, "changed.safetensors");
    const refuses = async (content: Uint8Array, message: RegExp) => {
      await Deno.writeFile(changed, content);
      await assert.rejects(
        readStudentFile(changed),
        (error) => error instanceof DataError && message.test(error.message),
      );
      await assert.rejects(exportStudent({ checkpoint: changed }), DataError);
    };
    const flipped = bytes.slice();
    flipped[bytes.length - 1]! ^= 1;
    await refuses(flipped, /its checksum is wrong/);
    const { tensors, metadata } = readSafetensors(bytes, path);
    const write = (other: Record<string, string>) =>
      writeSafetensors(tensors as Map<string, WritableTensor>, { metadata: other });
    await refuses(write({ ...metadata, imageSize: "33" }), /its checksum is wrong/);
    const { checksum: _checksum, ...bare } = metadata;
    await refuses(write(bare), /it has no checksum/);
    await refuses(write({ ...metadata, pretrain: '{"data":5}' }), /metadata are wrong: pretrain/);
    await refuses(write({ ...metadata, pretrain: "{" }), /pretrain: it is not JSON/);
    assert.equal((await readStudentFile(path)).isVerified, true);
    // Weights from elsewhere have none: they are read, and named as such.
    await Deno.writeFile(changed, write({}));
    const foreign = await readStudentFile(changed, { student: "resnet18", ...size, stem: "small" })
      .catch((error: Error) => error);
    assert.ok(!(foreign instanceof Error) || !/checksum/.test(foreign.message));
  }));

Deno.test("a state dict of another program is read without the prefix of its names, and says so", () =>
  withStudent("resnet18", embedding, async (path, folder) => {
    const { weights } = await readStudentFile(path);
    const foreign = join(folder, "moco.safetensors");
    const overrides = { student: "resnet18", ...size, stem: "small" as const };
    const backbone = [...weights].filter(([name]) => !name.startsWith("fc."));
    const write = (tensors: readonly (readonly [string, WritableTensor])[]) =>
      Deno.writeFile(foreign, writeSafetensors(new Map(tensors)));
    const tensor = { shape: [2], data: new Float32Array(2) };
    await write([
      ...backbone.map(([name, tensor]) => [`module.encoder_q.${name}`, tensor] as const),
      ["module.encoder_q.fc.0.weight", tensor],
      ["module.encoder_q.fc.2.weight", tensor],
      ["module.encoder_k.conv1.weight", tensor],
      ["module.queue", tensor],
    ]);
    const file = await readStudentFile(foreign, overrides);
    assert.equal(file.isVerified, false);
    assert.deepEqual(file.weights.get("conv1.weight"), weights.get("conv1.weight"));
    assert.deepEqual(file.notes.map((note) => note.replace(/^.*safetensors: /, "")), [
      `the prefix "module.encoder_q." was taken off the names of ${backbone.length + 2} tensors`,
      'left out what is not below "module.encoder_q.": module.encoder_k.conv1.weight, module.queue',
      "left out the projection head: fc.0.weight, fc.2.weight",
    ]);
    const { warnings } = await exportStudent({ checkpoint: foreign, overrides });
    assert.match(warnings.join(), /prefix "module\.encoder_q\.".*has no checksum/);
    // Any prefix serves below which all names are.
    await write(backbone.map(([name, tensor]) => [`mine.${name}`, tensor] as const));
    assert.match((await readStudentFile(foreign, overrides)).notes.join(), /prefix "mine\."/);
    // Nobody knows these names: the list of what is missing is cut, and counted.
    await write(backbone.map(([name, tensor]) => [`mine.${name}.mine`, tensor] as const));
    await assert.rejects(readStudentFile(foreign, overrides), (error: Error) => {
      assert.match(error.message, /missing: conv1\.weight/);
      assert.match(error.message, /… \d+ more of \d+ …/);
      return error instanceof DataError && error.message.split("\n").length < 25;
    });
  }));

Deno.test("a pointer, a zip and a folder in place of a student are named, with the way out", () =>
  withStudent("resnet18", embedding, async (_path, folder) => {
    const path = join(folder, "weights.pth");
    const overrides = { student: "resnet18" };
    for (
      const [content, says] of [
        ["version https://git-lfs.github.com/spec/v1\noid", /Git LFS pointer.*git lfs pull/],
        ["PK\x03\x04", /zip archive, as PyTorch's.*save_file/],
        ["<!doctype html>", /web page/],
      ] as const
    ) {
      await Deno.writeTextFile(path, content);
      await assert.rejects(
        readStudentFile(path, overrides),
        (error) => error instanceof DataError && says.test(error.message),
      );
    }
    await assert.rejects(readStudentFile(folder), /it is a folder, expected a file/);
  }));
