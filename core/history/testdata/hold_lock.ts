/** Holds a history locked, as another program may, for some milliseconds. */

import { DatabaseSync } from "node:sqlite";

const [path, milliseconds] = Deno.args;
const database = new DatabaseSync(path!);
database.exec("BEGIN EXCLUSIVE");
Deno.stdout.writeSync(new TextEncoder().encode("locked\n"));
setTimeout(() => database.close(), Number(milliseconds));
