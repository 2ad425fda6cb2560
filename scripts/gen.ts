/*
 * Writes the generated files that are committed: `npm run gen`. With `--check` it writes nothing and
 * fails when one of them is out of step. Each module in generators/ exports `generate`, which returns
 * the text of each file by its path from the repository's root.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

type Generate = () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const folder = join(import.meta.dirname, "generators");

for (const name of readdirSync(folder).sort()) {
  const { generate } = (await import(join(folder, name))) as { generate: Generate };
  for (const [path, text] of Object.entries(await generate())) {
    if (readOrEmpty(join(root, path)) === text) continue;
    if (check) {
      process.stderr.write(`${path} is out of step with its source: run \`npm run gen\` and commit the result.\n`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      process.stdout.write(`wrote ${path}\n`);
    }
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
