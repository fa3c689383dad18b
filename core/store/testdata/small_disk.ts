/** A disk that is soon full or read-only, for tests: a file system in memory of a few megabytes. */

import { join } from "node:path";
import { tell } from "../../output.ts";

/** A small disk that is mounted. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** Leaves so many bytes free; what filled it before makes room first. */
  leaveFree(bytes: number): Promise<void>;
  /** Makes it read-only, or writable again. */
  remount(mode: "ro" | "rw"): Promise<void>;
}

/** Bytes that are taken and given back at a time. */
const blockBytes = 4096;

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, { args, stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}

/** Fills a disk up, then frees some of it. */
async function leaveFree(folder: string, bytes: number): Promise<void> {
  const path = join(folder, "filler.bin");
  await Deno.remove(path).catch(() => {});
  if (bytes === Infinity) return;
  using file = await Deno.open(path, { write: true, createNew: true });
  const block = new Uint8Array(blockBytes);
  let size = 0;
  for (;;) {
    const written = await file.write(block).catch(() => 0);
    size += written;
    if (written < blockBytes) break;
  }
  await file.truncate(Math.max(0, size - bytes));
}

/**
 * Gives a test a small disk; without leave to mount one the test tells loudly that nothing was tested.
 *
 * @param megabytes Size of the disk.
 */
export async function withSmallDisk(
  megabytes: number,
  test: (disk: SmallDisk) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "disk");
  await Deno.mkdir(folder);
  const isMounted = Deno.build.os === "linux" &&
    await run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder);
  try {
    if (!isMounted) {
      tell(
        "SKIPPED: A TEST OF A FULL OR READ-ONLY DISK. No tmpfs can be mounted here; run the tests as " +
          "root on Linux",
      );
      return;
    }
    await test({
      folder,
      leaveFree: (bytes) => leaveFree(folder, bytes),
      async remount(mode) {
        if (!await run("mount", "-o", `remount,${mode}`, folder)) throw new Error("cannot remount");
      },
    });
  } finally {
    if (isMounted) await run("umount", "--lazy", folder);
    await Deno.remove(parent, { recursive: true });
  }
}
