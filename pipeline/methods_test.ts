import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { methods } from "../core/methods/registry.ts";
import { distill } from "./distill.ts";
import { evaluate } from "./evaluate.ts";
import { readStudentFile } from "./student_file.ts";
import { type Place, withImages } from "./testdata/with_images.ts";

/** Settings of a queue that fits a batch of 8. */
const queued = ["seed", "bingo", "compress", "disco", "moco-v2"];
const settingsOf = (method: string) =>
  queued.includes(method) ? [`methods.${method}.queueSize=16`] : [];

function optionsOf({ options }: Place, method: string, more: readonly string[] = []) {
  const own = more.some((setting) => setting.includes("queueSize")) ? [] : settingsOf(method);
  return options({ method, epochs: 1, set: [...options().set!, ...own, ...more] });
}

for (const method of ["bingo", "compress", "disco", "feature-regression", "moco-v2", "smd"]) {
  Deno.test(`distill trains a student by ${method} that can be measured`, () =>
    withImages(async (place) => {
      const { student } = await distill(optionsOf(place, method));
      const file = await readStudentFile(student);
      // Where the embedding is of a space of its own, it is not kept.
      const keepsHead = !["compress", "moco-v2"].includes(method);
      assert.equal(file.head?.output, keepsHead ? "embedding" : undefined);
      const own = {
        checkpoint: student,
        store: place.options().store!,
        plugins: place.options().plugins!,
      };
      const { metrics } = await evaluate({ ...own, task: "k-nn", set: ["tasks.k-nn.k=3"] });
      assert(metrics[0]!.splits.every(({ value }) => Number.isFinite(value)));
      const zeroShot = evaluate({ ...own, task: "zero-shot" });
      if (keepsHead) assert((await zeroShot).metrics.length > 0);
      else await assert.rejects(zeroShot, /no embedding in the space of a teacher/);
    }));
}

Deno.test("distill refuses what a method cannot do, naming the method and the setting", () =>
  withImages(async (place) => {
    let runs = 0;
    const events: string[] = [];
    const refused = (method: string, set: string[], message: RegExp) =>
      assert.rejects(
        distill({
          ...optionsOf(place, method, set),
          out: join(place.folder, `run ${runs++}`),
          onEvent: ({ type }) => events.push(type),
        }),
        (error) => error instanceof ConfigError && message.test(error.message),
        method,
      );
    for (const method of ["moco-v2", "disco", "compress"]) {
      await refused(
        method,
        ["pretrain.replicas=2"],
        new RegExp(`Method ${method} queues .* of 8, .* sees 4 .* set pretrain\\.replicas to 1`),
      );
      await refused(method, [`methods.${method}.queueSize=12`], /multiple of batchSize/);
    }
    assert.deepEqual(events, [], "refused before anything is prepared or runs");
    await assert.rejects(
      distill({ ...optionsOf(place, "supervised"), data: "emojicoco-31" }),
      (error) =>
        error instanceof ConfigError &&
        /method supervised learns from a label .* emojicoco-31 has .* "instances"/.test(
          error.message,
        ),
    );
    await refused("bingo", ["pretrain.views=fresh"], /bingo .* set pretrain\.views to "fixed"/);
    await refused("bingo", ["methods.bingo.bagSize=16"], /16 neighbours .* among 16 images/);
    await refused("smd", ["pretrain.viewsPerImage=1"], /smd takes 2 views .* got 1/);
    assert(methods.names().every((name) => methods.get(name).needs.views >= 1));
  }));
