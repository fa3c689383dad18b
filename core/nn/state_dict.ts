/**
 * Names of the tensors of a state dict that another program wrote: prefixes of wrappers are taken off.
 *
 * @module
 */

/**
 * What wrappers and trainers put before the names of a backbone: `module.` (DataParallel), `model.`
 * (Lightning, timm), `encoder_q.` (MoCo), `base_encoder.` (MoCo v3), `online_encoder.` (BYOL),
 * `backbone.` (DINO, mmpretrain) …
 */
const wrappers: ReadonlySet<string> = new Set([
  "module",
  "model",
  "backbone",
  "encoder_q",
  "base_encoder",
  "online_encoder",
  "encoder",
  "student",
  "net",
  "network",
  "_orig_mod",
]);

/** Most wrappers within each other. */
const mostWrappers = 4;

/** The prefixes that a name may have, the empty one first: each ends with a dot. */
function prefixesOf(name: string): string[] {
  const parts = name.split(".");
  const prefixes = [""];
  for (const part of parts.slice(0, Math.min(mostWrappers, parts.length - 1))) {
    if (!wrappers.has(part)) break;
    prefixes.push(`${prefixes.at(-1)}${part}.`);
  }
  return prefixes;
}

/**
 * A prefix that is none of the known ones, below which all wanted names are; undefined where there is none,
 * or more than one.
 */
function otherPrefix(
  names: readonly string[],
  wanted: readonly string[],
  tensors: ReadonlyMap<string, unknown>,
): string | undefined {
  const [first] = wanted;
  if (first === undefined) return undefined;
  const found = names.filter((name) => name.endsWith(`.${first}`))
    .map((name) => name.slice(0, -first.length))
    .filter((prefix) => wanted.every((name) => tensors.has(prefix + name)));
  return found.length === 1 ? found[0] : undefined;
}

/** Names of a list for a message: the first few, and how many more there are. */
export function nameSome(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  return names.slice(0, most).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** A state dict without the prefix of its names. */
export interface StrippedNames<Tensor> {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What was done, for the reader; empty where nothing was. */
  readonly notes: readonly string[];
}

/**
 * Takes a common prefix off the names of a state dict: the wrappers' one below which most of the wanted
 * names are found, or any other below which all of them are. Tensors outside it (a momentum encoder, a queue) are left out.
 *
 * @param wanted Names of the model's parameters and buffers.
 */
export function stripPrefix<Tensor>(
  tensors: ReadonlyMap<string, Tensor>,
  wanted: readonly string[],
): StrippedNames<Tensor> {
  const names = [...tensors.keys()];
  const prefixes = new Set(["", ...names.flatMap(prefixesOf)]);
  let best = { prefix: "", count: 0 };
  for (const prefix of prefixes) {
    const count = wanted.filter((name) => tensors.has(prefix + name)).length;
    if (count > best.count) best = { prefix, count };
  }
  const prefix = best.count === wanted.length
    ? best.prefix
    : otherPrefix(names, wanted, tensors) ?? best.prefix;
  if (prefix === "") return { tensors, notes: [] };
  const inside = new Map<string, Tensor>();
  const outside: string[] = [];
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix)) inside.set(name.slice(prefix.length), tensor);
    else outside.push(name);
  }
  const notes = [`the prefix "${prefix}" was taken off the names of ${inside.size} tensors`];
  if (outside.length > 0) {
    notes.push(`left out what is not below "${prefix}": ${nameSome(outside)}`);
  }
  return { tensors: inside, notes };
}
