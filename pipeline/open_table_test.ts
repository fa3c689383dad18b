import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError } from "../core/errors.ts";
import { openTable, type TableOptions } from "./open_table.ts";

Deno.test("openTable tells what is missing and what is out of range before anything is written", async () => {
  const folder = await Deno.makeTempDir();
  const open = (more: Partial<TableOptions>) =>
    openTable({
      table: "table2",
      size: "smoke",
      out: join(folder, "run"),
      store: join(folder, "store"),
      ...more,
    });
  try {
    const nowhere = join(folder, "photos");
    await assert.rejects(
      open({ set: [`data.imagenet=imagefolder:${nowhere}`] }),
      (error) =>
        error instanceof DataError &&
        error.message.startsWith("Cannot run table2 at size smoke; missing:") &&
        error.message.includes(`there is no folder ${nowhere}`),
    );
    for (const seeds of [0, 101, 1.5]) {
      await assert.rejects(
        open({ seeds }),
        (error) =>
          error instanceof ConfigError &&
          error.message === `--seeds: expected a whole number from 1 to 100, got ${seeds}`,
      );
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    assert.deepEqual((await open({ seeds: 2 })).plan.seeds, [0, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
