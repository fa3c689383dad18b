/**
 * Compiles the parts `*.as`, put one behind the other, to image_kernels.wasm, with the AssemblyScript compiler from npm:
 *
 *     deno run -A core/data/augmentation/kernels/build_kernels.ts
 *
 * The result is committed, so that nobody needs the compiler; image_kernels.sha256 holds the hash
 * of the source that it was made from, and a test compares the two.
 *
 * @module
 */

import { join } from "node:path";
import { sha256 } from "../../../files.ts";

const compiler = "npm:assemblyscript@0.28.20/asc";
const folder = import.meta.dirname!;
const parts = ["lanes", "resample", "colour", "hue", "blur"];

/** The source of the kernels: all parts, one behind the other. */
export async function readKernelSource(): Promise<string> {
  const texts = await Promise.all(
    parts.map((part) => Deno.readTextFile(join(folder, `${part}.as`))),
  );
  return texts.join("\n");
}

if (import.meta.main) {
  const source = await readKernelSource();
  // The compiler wants the extension that Deno's own tools must not see on this file.
  const work = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(work, "image_kernels.ts"), source);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-config", compiler, "image_kernels.ts"].concat(
        ["-o", "image_kernels.wasm", "--runtime", "stub", "--noAssert", "-O3"],
        ["--enable", "simd", "--initialMemory", "1", "--memoryBase", "16"],
      ),
      cwd: work,
    }).spawn().status;
    if (!success) Deno.exit(1);
    await Deno.copyFile(join(work, "image_kernels.wasm"), join(folder, "image_kernels.wasm"));
    await Deno.writeTextFile(join(folder, "image_kernels.sha256"), `${sha256(source)}\n`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
