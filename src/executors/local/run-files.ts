import { existsSync, mkdirSync, mkdtempSync, renameSync } from "node:fs";
import { opendir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs, RunId } from "../../core/index.ts";
import { attemptsFolder } from "./files.ts";

/** Where folders of runs stand that are being removed. `data` is the data folder. */
const putAsideFolder = (data: string): string => join(data, "deleted");

/** The runs whose attempts have files, and when a file was last added to them or taken away. In no order. */
export async function* runsWithFiles(
  data: string,
): AsyncGenerator<{ readonly run_id: RunId; readonly changed_at: () => Promise<EpochMs> }> {
  const folder = attemptsFolder(data);
  try {
    for await (const entry of await opendir(folder)) {
      if (!entry.isDirectory()) continue;
      const changed_at = async (): Promise<EpochMs> => (await stat(join(folder, entry.name))).mtimeMs;
      yield { run_id: entry.name as RunId, changed_at };
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * Takes all files of a run's attempts away in one step, so that an attempt that comes after it begins with none. The result is
 * whether there were any. What is removed for good is `removeFilesPutAside`'s.
 */
export function putRunFilesAside(data: string, run_id: RunId): boolean {
  const from = join(attemptsFolder(data), run_id);
  try {
    if (!existsSync(from)) return false;
    mkdirSync(putAsideFolder(data), { recursive: true, mode: 0o700 });
    // An empty folder gives way to the one that takes its name.
    renameSync(from, mkdtempSync(join(putAsideFolder(data), "run-")));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Removes what was put aside, now or by an engine before. */
export async function removeFilesPutAside(data: string): Promise<void> {
  await rm(putAsideFolder(data), { recursive: true, force: true });
}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
