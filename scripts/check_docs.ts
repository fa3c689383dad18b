/**
 * Checks that every module, every exported symbol and every public method has a doc comment.
 *
 * Needs `--allow-run=deno`: the comments are read by `deno doc`.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { projectFolder } from "../core/files.ts";
import { isTestFile, readSourceFiles } from "./source_files.ts";

const docSchema = z.object({ doc: z.string().optional(), tags: z.array(z.unknown()).optional() })
  .optional();
const methodSchema = z.object({
  name: z.string(),
  kind: z.string(),
  accessibility: z.string().optional(),
  isOverride: z.boolean().optional(),
  jsDoc: docSchema,
  location: z.object({ line: z.number() }),
});
const declarationSchema = z.object({
  kind: z.string(),
  declarationKind: z.string(),
  jsDoc: docSchema,
  location: z.object({ filename: z.string(), line: z.number() }),
  def: z.object({ methods: z.array(methodSchema).optional() }).optional().catch(undefined),
});
const documentationSchema = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      module_doc: docSchema,
      symbols: z.array(z.object({ name: z.string(), declarations: z.array(declarationSchema) })),
    }),
  ),
});

function hasDoc(doc: z.infer<typeof docSchema>): boolean {
  return (doc?.doc ?? "").trim() !== "" || (doc?.tags?.length ?? 0) > 0;
}

/** What lacks a doc comment, one sentence each, from the output of `deno doc --json`. */
export function findMissingDocs(documentation: unknown, folder: string = projectFolder): string[] {
  const problems: string[] = [];
  for (
    const [url, { module_doc, symbols }] of Object.entries(
      documentationSchema.parse(documentation).nodes,
    )
  ) {
    const path = relative(folder, fileURLToPath(url)).replaceAll("\\", "/");
    if (!hasDoc(module_doc)) problems.push(`${path}: the module has no doc comment (@module)`);
    for (const { name, declarations } of symbols) {
      const exported = declarations.filter(({ kind, declarationKind, location }) =>
        // A re-export has its comment where the symbol is made.
        kind !== "reference" && declarationKind === "export" && location.filename === url
      );
      if (exported.length === 0) continue;
      const line = exported[0]!.location.line;
      // Of overloads, and of a type and a value of one name, one comment serves all.
      if (!exported.some(({ jsDoc }) => hasDoc(jsDoc))) {
        problems.push(`${path}:${line}: "${name}" has no doc comment`);
      }
      for (const { kind, def } of exported) {
        if (kind !== "class") continue;
        const documented = new Set(
          def?.methods?.filter(({ jsDoc }) => hasDoc(jsDoc)).map((method) => method.name),
        );
        for (const method of def?.methods ?? []) {
          const isPublic = (method.accessibility ?? "public") === "public" &&
            !method.name.startsWith("#") && !method.name.startsWith("[");
          if (!isPublic || method.isOverride || documented.has(method.name)) continue;
          problems.push(
            `${path}:${method.location.line}: "${name}.${method.name}" has no doc comment`,
          );
        }
      }
    }
  }
  return problems;
}

if (import.meta.main) {
  const paths = (await readSourceFiles()).map(({ path }) => path)
    .filter((path) => !isTestFile(path));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...paths],
    cwd: projectFolder,
  }).output();
  if (!success) {
    console.error(new TextDecoder().decode(stderr));
    Deno.exit(1);
  }
  const problems = findMissingDocs(JSON.parse(new TextDecoder().decode(stdout)));
  for (const problem of problems) console.error(problem);
  console.error(`${paths.length} files, ${problems.length} missing doc comments`);
  if (problems.length > 0) Deno.exit(1);
}
