import assert from "node:assert/strict";
import { findMissingDocs } from "./check_docs.ts";

const location = { filename: "file:///project/a.ts", line: 3 };
const doc = { doc: "Text." };

Deno.test("findMissingDocs names modules, symbols and public methods without a comment", () => {
  const documentation = {
    nodes: {
      "file:///project/a.ts": {
        module_doc: doc,
        symbols: [
          {
            name: "good",
            declarations: [{ kind: "function", declarationKind: "export", jsDoc: doc, location }],
          },
          {
            name: "bad",
            declarations: [{ kind: "function", declarationKind: "export", location }],
          },
          {
            name: "inner",
            declarations: [{ kind: "function", declarationKind: "private", location }],
          },
          {
            name: "Thing",
            declarations: [{
              kind: "class",
              declarationKind: "export",
              jsDoc: doc,
              location,
              def: {
                methods: [
                  { name: "shown", kind: "method", location: { line: 7 } },
                  {
                    name: "hidden",
                    kind: "method",
                    accessibility: "private",
                    location: { line: 8 },
                  },
                  { name: "told", kind: "method", jsDoc: doc, location: { line: 9 } },
                ],
              },
            }],
          },
        ],
      },
      "file:///project/b.ts": { symbols: [] },
    },
  };
  assert.deepEqual(findMissingDocs(documentation, "/project"), [
    'a.ts:3: "bad" has no doc comment',
    'a.ts:7: "Thing.shown" has no doc comment',
    "b.ts: the module has no doc comment (@module)",
  ]);
});
