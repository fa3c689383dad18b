/** Commands whose starter is killed, through `deno task` and the launcher as users start them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { withImageFolder, writeClasses } from "../core/data/testdata/image_folder.ts";
import { TryAgainError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { lockFolder } from "../core/store/lock.ts";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** `deno task distill` of a small student of a folder, as a process of its own. */
function startDistill(folder: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      "distill",
      "--method=supervised",
      `--data=imagefolder:${folder}/photos`,
      "--size=smoke",
      "--epochs=60",
      "--set=pretrain.batchSize=16",
      `--out=${folder}/out`,
      `--store=${folder}/store`,
    ],
    cwd: projectFolder,
    env: { LGD_BENCH_CACHE: join(folder, "cache") },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** Whether a command holds the run folder. */
async function isHeld(folder: string): Promise<boolean> {
  try {
    (await lockFolder(folder, { waitSeconds: 0 })).release();
    return false;
  } catch (error) {
    if (error instanceof TryAgainError) return true;
    throw error;
  }
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `a command stops within seconds when ${signal} ends what started it, and goes on later`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withImageFolder(async (folder) => {
        const classes = ["train/cat", "train/dog", "val/cat", "val/dog"];
        await writeClasses(join(folder, "photos"), classes, 16);
        const out = join(folder, "out");
        const starter = startDistill(folder);
        const errors = new Response(starter.stderr).text();
        const isThere = async () =>
          await Deno.stat(join(out, "manifest.json")).then(() => true, () => false);
        for (let turn = 0; turn < 600 && !await isThere(); turn++) await sleep(50);
        assert.ok(await isHeld(out));
        starter.kill(signal);
        await starter.status;
        let turn = 0;
        while (await isHeld(out) && turn++ < 100) await sleep(50);
        assert.ok(turn < 100, `the command is still at work\n${await errors}`);
        assert.match(await errors, /To resume:\n {2}(npx -y )?\S*deno task distill /);
        const again = await startDistill(folder).output();
        assert.equal(again.code, 0, new TextDecoder().decode(again.stderr));
        assert.ok((await Deno.stat(join(out, "student.safetensors"))).isFile);
      }),
  });
}
