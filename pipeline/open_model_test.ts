import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { Store } from "../core/store/store.ts";
import { teachers } from "../teachers/registry.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { openStudent } from "./open_model.ts";
import { JobContents } from "./resolve_jobs.ts";
import type { StudentFile } from "./student_file.ts";

/** A teacher that is only described. */
function register(name: string, { dimension, hash }: Pick<Teacher, "dimension" | "hash">): void {
  teachers.register(name, () =>
    Promise.resolve({
      name,
      title: name,
      imageSize: 8,
      preprocess: { mean: [0, 0, 0], std: [1, 1, 1] },
      dimension,
      hash,
      batchSize: 1,
      encodeImages: () => Promise.reject(new Error("not used")),
      encodeText: () => Promise.reject(new Error("not used")),
      release: () => Promise.resolve(),
    }));
}

register("own-space", { dimension: 4, hash: "own" });
register("same-space", { dimension: 4, hash: "own" });
register("other-space", { dimension: 4, hash: "other" });
register("wide-space", { dimension: 6, hash: "wide" });

/** What is read of a student's file here. */
function studentFile(own: Partial<StudentFile> = {}): StudentFile {
  return {
    path: "student.safetensors",
    sha256: "0",
    isVerified: true,
    notes: [],
    student: "resnet18",
    imageSize: 8,
    widthMultiplier: 1,
    stem: "small",
    head: { output: "embedding", dimension: 4 },
    teacher: "own-space",
    teacherHash: "own",
    modelKey: null,
    ...own,
  } as StudentFile;
}

async function open(
  options: { task: string; teacher?: string; file?: Partial<StudentFile> },
) {
  const folder = await Deno.makeTempDir();
  try {
    return await openStudent(studentFile(options.file), {
      task: options.task,
      teacher: options.teacher,
      store: await Store.open(folder),
      contents: new JobContents(),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openStudent() refuses texts of another length than the embedding, naming both", async () => {
  await assert.rejects(
    open({ task: "zero-shot", teacher: "wide-space" }),
    (error) =>
      error instanceof ConfigError &&
      /student\.safetensors has 4 numbers, .* teacher "own-space", .* "wide-space" have 6/.test(
        error.message,
      ),
  );
  // The plug-in of the same name has changed.
  await assert.rejects(
    open({ task: "zero-shot", file: { teacher: "wide-space", teacherHash: "before" } }),
    /"wide-space", .* "wide-space" have 6/,
  );
  const { planned, warnings } = await open({ task: "k-nn", teacher: "wide-space" });
  assert.deepEqual(planned.parts, ["features", "backbone"]);
  assert.match(warnings.join("\n"), /have 6; k-nn is measured without them/);
});

Deno.test("openStudent() warns of texts of another space than the embedding's", async () => {
  const otherSpace =
    /another space than the texts, so what compares them \(zero-shot\) means nothing/;
  const other = await open({ task: "zero-shot", teacher: "other-space" });
  assert.match(other.warnings.join("\n"), otherSpace);
  assert.match(other.warnings.join("\n"), /of teacher "own-space", .* teacher "other-space"/);
  const changed = await open({ task: "zero-shot", file: { teacherHash: "before" } });
  assert.match(changed.warnings.join("\n"), /from other weights of own-space than those here; its/);
  assert.match(changed.warnings.join("\n"), otherSpace);
  const unnamed = await open({
    task: "zero-shot",
    teacher: "own-space",
    file: { teacher: null, teacherHash: null },
  });
  assert.match(unnamed.warnings.join("\n"), /a teacher that the file does not name/);
});

Deno.test("openStudent() does not warn of the same weights, nor where nothing is compared", async () => {
  for (
    const options of [
      { task: "zero-shot" },
      { task: "zero-shot", teacher: "same-space" },
      { task: "k-nn", teacher: "other-space" },
    ]
  ) {
    assert.deepEqual((await open(options)).warnings, [], JSON.stringify(options));
  }
});
