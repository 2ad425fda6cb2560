import { statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, repositoryFiles } from "./repository.ts";

const LAUNCHER = join(ROOT, "dist/engine.cjs");
let looked = false;

/**
 * The built command line, as the package ships it: start it with `process.execPath`. Refuses a build
 * that is older than a source, because a test of yesterday's code says nothing.
 */
export function builtCli(): string {
  if (looked) return LAUNCHER;
  const built = statSync(LAUNCHER, { throwIfNoEntry: false });
  if (built === undefined) throw new Error("dist/ is not built: run `npm run build` first.");
  const newer = repositoryFiles().find(
    (file) => file.startsWith("src/") && statSync(join(ROOT, file)).mtimeMs > built.mtimeMs,
  );
  if (newer !== undefined) throw new Error(`dist/ is older than ${newer}: run \`npm run build\` first.`);
  looked = true;
  return LAUNCHER;
}
