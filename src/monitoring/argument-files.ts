import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Puts texts into files of a folder of their own, by name: a command line holds no thousand pipelines. */
export function argumentFiles<Name extends string>(
  texts: Readonly<Record<Name, string>>,
): {
  readonly files: Readonly<Record<Name, string>>;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), "engine-monitoring-"));
  const files = Object.fromEntries(
    Object.entries<string>(texts).map(([name, text]) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, text);
      return [name, file];
    }),
  ) as Record<Name, string>;
  return { files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
