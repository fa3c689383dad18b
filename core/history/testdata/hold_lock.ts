/** Holds a history locked, as another program may, until it is ended. */

import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(Deno.args[0]!);
database.exec("BEGIN EXCLUSIVE");
Deno.stdout.writeSync(new TextEncoder().encode("locked\n"));
// Whoever forgets to end it has it for ten minutes at most.
setTimeout(() => database.close(), 600_000);
