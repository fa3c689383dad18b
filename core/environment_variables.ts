/**
 * Environment variables: every one that the program knows, and the one function that reads them. An
 * empty one is as good as none.
 *
 * @module
 */

/** A variable that means something to the program. */
export interface EnvironmentVariable {
  readonly name: string;
  /** What it is for, in a few words. */
  readonly meaning: string;
  /** Whether users set it: `doctor` lists those even where they are not set. */
  readonly forUsers: boolean;
}

const forUsers = (name: string, meaning: string) => ({ name, meaning, forUsers: true });
const told = (name: string, meaning: string) => ({ name, meaning, forUsers: false });

/** Every variable that the program reads by {@linkcode readVariable}. */
export const environmentVariables: readonly EnvironmentVariable[] = [
  forUsers("LGD_BENCH_CACHE", "folder of the cache of views, icons and embeddings"),
  forUsers("LGD_BENCH_MAX_MEGAPIXELS", "largest image that is decoded, megapixels"),
  forUsers("ONNX_TEACHER", "file of the teacher of examples/onnx_teacher.ts"),
  forUsers("CI", "set: plain lines instead of bars"),
  told("GLIBC_TUNABLES", "settings of the C library, to which those of trainings are added"),
  told("HOME", "home folder, for ~/"),
  told("USERPROFILE", "home folder on Windows"),
  told("PATH", "whether deno can be typed as it is"),
  told("INIT_CWD", "where the user stands, told by deno task and npm"),
  told("LGD_BENCH_LAUNCHER", "process that started the command, told by the launcher"),
  told("npm_command", "whether npx started the command"),
];

/**
 * Variables that packages of npm read as they are loaded, parse or print: all that stand in their code.
 * Without leave to read them they fail.
 */
export const packageVariables: readonly string[] = [
  // sharp
  "npm_package_config_libvips",
  "MALLOC_ARENA_MAX",
  "SHARP_FORCE_GLOBAL_LIBVIPS",
  "SHARP_IGNORE_GLOBAL_LIBVIPS",
  // @napi-rs/canvas
  "NAPI_RS_NATIVE_LIBRARY_PATH",
  "NAPI_RS_FORCE_WASI",
  "DISABLE_SYSTEM_FONTS_LOAD",
  // yaml
  "LOG_STREAM",
  "LOG_TOKENS",
  // commander, and Node's streams
  "CLICOLOR_FORCE",
  "FORCE_COLOR",
  "NO_COLOR",
  "NODE_DEBUG",
  "NODE_DISABLE_COLORS",
  "TERM",
];

/** Prefix of the variables that plug-ins may read besides: theirs are not known here. */
const ownPrefix = "LGD_BENCH_";

/**
 * The permission of commands: they read these variables and no others, so that a plug-in or a package
 * does not come by a token in passing.
 */
export function allowEnvironment(): string {
  const names = environmentVariables.map(({ name }) => name)
    .filter((name) => !name.startsWith(ownPrefix));
  return `--allow-env=${[`${ownPrefix}*`, ...names, ...packageVariables].join(",")}`;
}

/**
 * The value of an environment variable; undefined where it is not set, empty, or may not be read.
 *
 * @param name One of {@linkcode environmentVariables}, or a plug-in's own.
 */
export function readVariable(name: string): string | undefined {
  try {
    const value = Deno.env.get(name);
    return value === undefined || value.trim() === "" ? undefined : value;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
