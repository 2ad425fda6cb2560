import { breakingInput } from "../checks/breaking-input.ts";
import { changedSchedule } from "../checks/changed-schedule.ts";
import type { CompileOptions } from "../checks/check.ts";
import { renamedPipeline } from "../checks/renamed-pipeline.ts";
import { checkFile } from "../compile.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { SourceFile } from "../file.ts";
import { sortDiagnostics } from "../order.ts";
import { SourceText } from "../text.ts";
import type { ChangeCheck, PipelineVersion } from "./change.ts";
import { pairUp } from "./pairs.ts";

const CHANGE_CHECKS: readonly ChangeCheck[] = [renamedPipeline, breakingInput, changedSchedule];

/** Files of pipelines at two moments. Those that are the same in both may be left out. */
export interface Comparison {
  readonly before: readonly SourceFile[];
  readonly after: readonly SourceFile[];
  /** How messages call the moment before: the name of a revision. */
  readonly revision: string;
  /** The time, in milliseconds since the epoch: slots are counted from here. */
  readonly now_ms: number;
}

/** What a change of pipelines means for those who use them. Sorted; before levels and suppressions. Never throws, whatever the bytes. */
export async function compareFiles(comparison: Comparison, options: CompileOptions): Promise<readonly Diagnostic[]> {
  const { before, after, revision, now_ms } = comparison;
  const read = (files: readonly SourceFile[]): readonly PipelineVersion[] =>
    files.map((file) => versionOf(file, options));
  const found: Diagnostic[] = [];
  for (const pair of pairUp(read(before), read(after))) {
    for (const check of CHANGE_CHECKS) {
      const { code, name, severity } = check;
      await check.change(
        { ...pair, revision },
        {
          now_ms,
          report: (finding) => void found.push({ code, name, severity, ...finding }),
        },
      );
    }
  }
  return sortDiagnostics(found);
}

function versionOf(file: SourceFile, options: CompileOptions): PipelineVersion {
  const { source, diagnostics } = checkFile(file, options);
  if (source !== undefined) return { file: file.path, name: source.name, text: source.text, source, diagnostics };
  const decoded = (file.text ?? new TextDecoder().decode(file.bytes)).replace(/^\uFEFF/, "");
  const text = new SourceText(file.path, decoded);
  return { file: file.path, name: writtenName(text), text, diagnostics };
}

/** The name of what can't be parsed: as it stands in the text, else the file's own. */
function writtenName({ path, text }: SourceText): string {
  const written = /^name:[ \t]*["']?([^\s"'#]+)/m.exec(text)?.[1];
  return written ?? (path.split("/").at(-1) ?? "").replace(/\.ya?ml$/i, "");
}
