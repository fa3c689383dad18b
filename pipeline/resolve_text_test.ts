import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { describeText, resolveText } from "./resolve_jobs.ts";

const settings = { templates: "imagenet-80" };
const own = { task: "zero-shot", data: "emojinet-100", settings };
const other = { task: "zero-shot", data: "emojitech-126", settings };

Deno.test("resolveText() draws some of a task's names, and as many of a file as a data set has classes", async () => {
  const all = (await resolveText(own)).classNames;
  const some = await resolveText({ ...own, count: 25 });
  assert.equal(some.classNames.length, 25);
  for (const name of some.classNames) assert.ok(all.includes(name));
  const random = { file: "data/text/random_words.txt", templates: "imagenet-80" };
  const words = (await resolveText({ ...random, count: "emojinet-100" })).classNames;
  assert.equal(words.length, 100);
  assert.equal(new Set([...words, ...all]).size, 200);
  await assert.rejects(
    resolveText({ ...own, count: 101 }),
    /Cannot draw 101 class names of emojinet-100 \(task zero-shot\): it has 100/,
  );
});

Deno.test("resolveText() unites the names of two tasks, whose prompts must be the same", async () => {
  const union = { union: [own, other] };
  const { classNames, templates } = await resolveText(union);
  assert.equal(classNames.length, 226);
  assert.deepEqual(templates, (await resolveText(own)).templates);
  assert.equal(
    describeText(union),
    "emojinet-100 (task zero-shot) and emojitech-126 (task zero-shot)",
  );
  await assert.rejects(
    resolveText({ union: [own, { ...other, settings: { templates: "emoji" } }] }),
    (error) => error instanceof ConfigError && /have different prompts/.test(error.message),
  );
});
