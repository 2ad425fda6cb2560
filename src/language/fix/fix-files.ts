import type { CompileOptions } from "../checks/check.ts";
import { checkFile, checkTogether, type FileFindings } from "../compile.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { SourceFile } from "../file.ts";
import { canBeLowered } from "../suppression/settle.ts";
import { applyFixes, compatible, type Mendable, mendable } from "./apply.ts";

/*
 * Applies the fixes of findings until none is left to apply. After each step the files are checked again, and a step that
 * leads to an error which was not there is taken back.
 */

/** Rounds over a file. Each mends something; a file that needs more is left as it then is, and the next call goes on. */
const ROUNDS_MAX = 100;

/** Further steps until an error that came to light has to be gone. */
const FOLLOWING_MAX = 3;

export interface FixOptions extends CompileOptions {
  /** Whether fixes are applied of which it is not sure that they are meant. */
  readonly unsafe: boolean;
}

/** A fix that was not applied, because of the error that it would have led to. */
export interface RefusedFix {
  readonly finding: Diagnostic;
  readonly error: Diagnostic;
}

/** What became of a file with something to mend. */
export interface FixedFile {
  readonly path: string;
  readonly before: string;
  /** The same when nothing could be mended. */
  readonly after: string;
  /** How many fixes it took. */
  readonly fixes: number;
  readonly refused: readonly RefusedFix[];
}

/** Mends files that belong together; gives those in which a fix was applied or refused. Pure, never throws. */
export function fixFiles(files: readonly SourceFile[], options: FixOptions): readonly FixedFile[] {
  return new Fixer(files, options).run();
}

const BOM = "\uFEFF";

interface State {
  readonly file: SourceFile;
  /** The byte order mark, if there is one: no part of the text that findings are about. */
  readonly mark: string;
  readonly before: string;
  text: string;
  findings: FileFindings;
  fixes: number;
  readonly refused: Map<string, RefusedFix>;
}

class Fixer {
  readonly #options: FixOptions;
  readonly #states: ReadonlyMap<string, State>;

  constructor(files: readonly SourceFile[], options: FixOptions) {
    this.#options = options;
    this.#states = new Map(
      files.flatMap((file) => {
        const state = stateOf(file, options);
        return state === undefined ? [] : [[file.path, state]];
      }),
    );
  }

  run(): readonly FixedFile[] {
    for (let round = 0, found = this.#check(); round < ROUNDS_MAX; round++) {
      const wanted = this.#wanted(found);
      if (wanted.size === 0) break;
      for (const [state, fixes] of wanted) found = this.#try(state, fixes, found);
    }
    const touched = [...this.#states.values()].filter(({ fixes, refused }) => fixes > 0 || refused.size > 0);
    return touched.map(({ file, mark, before, text, fixes, refused }) => {
      return { path: file.path, before, after: mark + text, fixes, refused: [...refused.values()] };
    });
  }

  /** What is to be applied next, by file. What was refused once is not tried again. */
  #wanted(found: readonly Diagnostic[]): ReadonlyMap<State, readonly Mendable[]> {
    const wanted = new Map<State, readonly Mendable[]>();
    for (const [path, findings] of Map.groupBy(mendable(found, this.#options.unsafe), ({ file }) => file)) {
      const state = this.#states.get(path);
      if (state === undefined) continue;
      const fixes = compatible(findings.filter((each) => !state.refused.has(keyOf(each))));
      if (fixes.length > 0) wanted.set(state, fixes);
    }
    return wanted;
  }

  /** Applies fixes of one file; where they lead to an error, half of them at a time. Returns what is found then. */
  #try(state: State, fixes: readonly Mendable[], found: readonly Diagnostic[]): readonly Diagnostic[] {
    const { text, findings } = state;
    let after = this.#apply(state, fixes);
    let applied = fixes.length;
    const error = newError(found, after, state.file.path);
    // A misspelt key may have hidden a misspelt value: what comes to light may be mended as well.
    for (let step = 0; newError(found, after, state.file.path) !== undefined && step < FOLLOWING_MAX; step++) {
      const next = this.#wanted(after).get(state) ?? [];
      if (next.length === 0) break;
      after = this.#apply(state, next);
      applied += next.length;
    }
    if (error === undefined || newError(found, after, state.file.path) === undefined) {
      state.fixes += applied;
      return after;
    }
    state.text = text;
    state.findings = findings;
    const [first] = fixes;
    if (first !== undefined && fixes.length === 1) {
      state.refused.set(keyOf(first), { finding: first, error });
      return found;
    }
    // The second half begins where the first one may have moved it: the next round finds it anew.
    return this.#try(state, fixes.slice(0, Math.ceil(fixes.length / 2)), found);
  }

  #apply(state: State, fixes: readonly Mendable[]): readonly Diagnostic[] {
    state.text = applyFixes(state.text, fixes);
    state.findings = withoutTree({ path: state.file.path, text: state.mark + state.text }, this.#options);
    return this.#check();
  }

  #check(): readonly Diagnostic[] {
    const all = [...this.#states.values()].map(({ findings }) => findings);
    return checkTogether(all, this.#options).diagnostics;
  }
}

/** Undefined for a file that is not UTF-8: written again it would be another one. */
function stateOf(file: SourceFile, options: CompileOptions): State | undefined {
  const before = file.text ?? decoded(file.bytes);
  if (before === undefined) return undefined;
  const mark = before.startsWith(BOM) ? BOM : "";
  const findings = withoutTree(file, options);
  return { file, mark, before, text: before.slice(mark.length), findings, fixes: 0, refused: new Map() };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Thousands of trees would fill the memory. */
function withoutTree(file: SourceFile, options: CompileOptions): FileFindings {
  const { source: _, ...findings } = checkFile(file, options);
  return findings;
}

function keyOf({ code, message, fix }: Mendable): string {
  return [code, message, fix.title].join("\0");
}

/** Codes of what leaves a file that can't be read: what else is wrong in it nobody sees. */
const UNREADABLE: ReadonlySet<string> = new Set(["ENG101", "ENG103", "ENG105"]);

/**
 * An error of which there are more than before. In a file that could not be read before anything may come to light; then
 * only what keeps it from being read counts.
 */
function newError(before: readonly Diagnostic[], after: readonly Diagnostic[], path: string): Diagnostic | undefined {
  const wasReadable = !before.some(({ file, code }) => file === path && UNREADABLE.has(code));
  const counted = (all: readonly Diagnostic[]): ReadonlyMap<string, readonly Diagnostic[]> =>
    Map.groupBy(
      all.filter(
        ({ code, file, severity }) =>
          (severity === "error" || !canBeLowered(code)) && (wasReadable || file !== path || UNREADABLE.has(code)),
      ),
      ({ code, file }) => `${file}\0${code}`,
    );
  const known = counted(before);
  for (const [key, errors] of counted(after)) {
    const earlier = known.get(key) ?? [];
    if (errors.length > earlier.length)
      return errors.find(({ message }) => !earlier.some((one) => one.message === message)) ?? errors[0];
  }
  return undefined;
}
