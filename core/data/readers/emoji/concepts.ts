/**
 * The concept table: what every icon shows, and to which split its concept belongs.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../../errors.ts";
import { packageFile } from "../../../files.ts";

/** The disjoint sets of concepts: seen in pre-training, used for transfer, never seen. */
export type ConceptSplit = "pretrain" | "transfer" | "unseen";

const conceptSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  codePoints: z.string(),
  className: z.string().min(1),
  group: z.string(),
  subgroup: z.string(),
  stratum: z.string(),
  keywords: z.array(z.string()),
  icons: z.array(z.string().nullable()),
  split: z.enum(["pretrain", "transfer", "unseen"]).optional(),
  mini: z.boolean().optional(),
  mergeInto: z.string().optional(),
  dropped: z.string().optional(),
  coco: z.string().optional(),
  tileSets: z.array(z.string()).optional(),
  badIcons: z.record(z.string(), z.string()).optional(),
});

const tableSchema = z.strictObject({
  version: z.literal(1),
  sets: z.array(z.string()),
  concepts: z.array(conceptSchema),
});

/** One concept: an emoji of Unicode and the icons that draw it. */
export interface Concept {
  /** Slug of the name in the Unicode Common Locale Data Repository (CLDR), e.g. `"dog-face"`. */
  readonly id: string;
  /** Name of the class; two twins may share one. */
  readonly className: string;
  /** Subgroup of the CLDR, e.g. `"animal-mammal"`. */
  readonly subgroup: string;
  /** Coarse kind: object, animal, food, face, … */
  readonly stratum: string;
  /** Keywords of the CLDR and of emojilib. */
  readonly keywords: readonly string[];
  /** Icon name by icon set; sets that do not draw it are missing. */
  readonly icons: ReadonlyMap<string, string>;
  /** Split of the concept, or of the twin it is merged into; undefined outside the core classes. */
  readonly split: ConceptSplit | undefined;
  /** Belongs (itself or its twin) to the 100 classes of EmojiNet-100. */
  readonly mini: boolean;
  /** The concept whose label this one carries: itself, or the twin it is merged into. */
  readonly root: string;
  /** Its name among the 80 categories of COCO, where it has one. */
  readonly coco: string | undefined;
  /** Sets in which it is an object on a square scene: no outline of the object. */
  readonly tileSets: readonly string[];
}

async function readConcepts(): Promise<readonly Concept[]> {
  const path = packageFile("data/emoji/concepts.json");
  let table: z.infer<typeof tableSchema>;
  try {
    table = tableSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    throw new DataError(
      `Cannot read the concept table ${path}: ${
        error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      }. It is part of the project; restore it from the repository`,
      { cause: error },
    );
  }
  const rows = new Map(table.concepts.map((row) => [row.id, row]));
  return table.concepts.map((row) => {
    const root = row.mergeInto === undefined ? row : rows.get(row.mergeInto);
    if (root === undefined || root.mergeInto !== undefined) {
      throw new DataError(
        `Concept table ${path}: "${row.id}" is merged into "${row.mergeInto}", which is not a class`,
      );
    }
    const icons = new Map<string, string>();
    for (const [index, icon] of row.icons.entries()) {
      const set = table.sets[index];
      if (icon !== null && set !== undefined) icons.set(set, icon);
    }
    return {
      id: row.id,
      className: row.className,
      subgroup: row.subgroup,
      stratum: row.stratum,
      keywords: row.keywords,
      icons,
      split: root.split,
      mini: root.mini === true,
      root: root.id,
      coco: row.coco,
      tileSets: row.tileSets ?? [],
    };
  });
}

let concepts: Promise<readonly Concept[]> | undefined;

/**
 * All 1,058 concepts in the order of their code points; read once.
 *
 * @throws {DataError} where the table is missing or damaged.
 */
export function loadConcepts(): Promise<readonly Concept[]> {
  concepts ??= readConcepts();
  return concepts;
}
