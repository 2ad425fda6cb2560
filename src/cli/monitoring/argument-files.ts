import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Puts texts into files of a folder of their own, by name: a command line holds no thousand pipelines. */
export function argumentFiles(texts: Readonly<Record<string, string>>): {
  readonly files: Readonly<Record<string, string>>;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), "engine-monitoring-"));
  const files = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, text);
      return [name, file];
    }),
  );
  return { files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
