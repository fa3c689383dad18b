/**
 * Compiles loops over numbers, written in AssemblyScript (TypeScript's syntax), to WebAssembly with
 * 128-bit SIMD. The results are committed, so that nobody needs the compiler; beside each stands the
 * hash of the source that it was made from, and a test compares the two.
 *
 * @module
 */

import { join } from "node:path";
import { sha256 } from "./files.ts";

const compiler = "npm:assemblyscript@0.28.20/asc";

/** A WebAssembly module and the files that it is made of. */
export interface KernelModule {
  /** Where the parts are and the module goes. */
  readonly folder: string;
  /** File name of the module, without `.wasm`. */
  readonly name: string;
  /** File names without `.as`; the source is all of them, one behind the other. */
  readonly parts: readonly string[];
}

/** The source of a module: all parts, one behind the other. */
export async function readKernelSource({ folder, parts }: KernelModule): Promise<string> {
  const texts = await Promise.all(
    parts.map((part) => Deno.readTextFile(join(folder, `${part}.as`))),
  );
  return texts.join("\n");
}

/** The hash that stands beside a module: of the source that it was made from. */
export async function readKernelHash({ folder, name }: KernelModule): Promise<string> {
  return (await Deno.readTextFile(join(folder, `${name}.sha256`))).trim();
}

/** Compiles a module, and writes it and the hash of its source; ends the program where that fails. */
export async function compileKernels(kernels: KernelModule): Promise<void> {
  const { folder, name } = kernels;
  const source = await readKernelSource(kernels);
  // The compiler wants the extension that Deno's own tools must not see on this file.
  const work = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(work, `${name}.ts`), source);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-config", compiler, `${name}.ts`].concat(
        ["-o", `${name}.wasm`, "--runtime", "stub", "--noAssert", "-O3"],
        ["--enable", "simd", "--initialMemory", "1", "--memoryBase", "16"],
      ),
      cwd: work,
    }).spawn().status;
    if (!success) Deno.exit(1);
    await Deno.copyFile(join(work, `${name}.wasm`), join(folder, `${name}.wasm`));
    await Deno.writeTextFile(join(folder, `${name}.sha256`), `${sha256(source)}\n`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
