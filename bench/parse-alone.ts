/*
 * The floor of checking many files: a program that reads the files of a folder and parses them with `yaml`, one after
 * the other, and does nothing else.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

const [folder = ""] = process.argv.slice(2);
for (const name of readdirSync(folder)) {
  const { errors } = parseDocument(readFileSync(join(folder, name), "utf8"));
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
}
