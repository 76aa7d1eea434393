// Writes src/lib/schema.d.ts from openapi.json, or says that it differs from what the document makes of it (--check).
// Usage: node scripts/types.mjs ADDRESS_OR_FILE [--check]
import { readFileSync, writeFileSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const [source, check] = process.argv.slice(2);
if (!source) throw new Error("say where the document is: http://127.0.0.1:8080/openapi.json, or a file");
const text = /^https?:/.test(source) ? await (await fetch(source)).text() : readFileSync(source, "utf8");
const document = JSON.parse(text);
// Handlers are called `list` and `one` in every room, so their names are no ids; paths are.
for (const item of Object.values(document.paths)) for (const operation of Object.values(item)) delete operation.operationId;
const types = `// Generated from /openapi.json by scripts/types.mjs: not to be edited.\n${astToString(await openapi(document))}`;
const target = new URL("../src/lib/schema.d.ts", import.meta.url);
if (check === "--check") {
  if (readFileSync(target, "utf8") !== types) {
    console.error("src/lib/schema.d.ts is not what /openapi.json says: npm run types -- ADDRESS/openapi.json");
    process.exit(1);
  }
} else {
  writeFileSync(target, types);
}
