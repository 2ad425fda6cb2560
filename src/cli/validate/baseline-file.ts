import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  applyBaseline,
  type BaselineEntry,
  baselineOf,
  type Diagnostic,
  formatBaseline,
  readBaseline,
  type Settled,
} from "../../language/index.ts";
import { usageError } from "../errors.ts";
import { count } from "../output/words.ts";
import { checkTarget, writeWhole } from "../output/write-file.ts";
import type { Cli } from "../terminal.ts";

export interface BaselineOptions {
  readonly baseline?: string;
  readonly writeBaseline?: true;
}

/** What was found, as a baseline looks at it. */
export interface Findings {
  readonly settled: Settled;
  readonly fingerprints: ReadonlyMap<Diagnostic, string>;
  /** The files that were checked. */
  readonly files: readonly string[];
  /** A file from the repository's root. */
  readonly pathOf: (file: string) => string;
  /** The repository's root. */
  readonly root: string;
}

/** The baseline that the options name; undefined when they name none. */
export class BaselineFile {
  readonly #cli: Cli;
  readonly #name: string;
  readonly #write: boolean;
  readonly #entries: readonly BaselineEntry[];

  /** Throws a usage error when the file is missing, is no baseline, or could not be written. */
  static open(cli: Cli, { baseline, writeBaseline }: BaselineOptions): BaselineFile | undefined {
    if (baseline !== undefined) return new BaselineFile(cli, baseline, writeBaseline === true);
    if (writeBaseline === undefined) return undefined;
    throw usageError("--write-baseline needs to know where", "name the file too: `--baseline engine-baseline.json`");
  }

  private constructor(cli: Cli, name: string, write: boolean) {
    this.#cli = cli;
    this.#name = name;
    this.#write = write;
    if (write) checkTarget(this.#path, name);
    this.#entries = this.#read();
  }

  /** Suppresses what the baseline has; with `--write-baseline`, takes up all that is there first. */
  apply(findings: Findings): Settled {
    const { settled, fingerprints } = findings;
    const { unused, ...left } = applyBaseline(
      settled,
      fingerprints,
      this.#write ? this.#renew(findings) : this.#entries,
    );
    const stale = unused.filter(({ file }) => !isElsewhere(file, findings)).length;
    if (stale > 0 && !this.#write) {
      const [what, fit] = stale === 1 ? ["1 entry", "fits"] : [`${stale} entries`, "fit"];
      this.#cli.err.line(`${what} of ${this.#name} ${fit} nothing any more: write it anew with --write-baseline`);
    }
    return left;
  }

  get #path(): string {
    return resolve(this.#cli.cwd, this.#name);
  }

  #read(): readonly BaselineEntry[] {
    if (!existsSync(this.#path)) {
      if (this.#write) return [];
      throw usageError(`there is no baseline ${this.#name}`, "make one with `--write-baseline`");
    }
    const entries = readBaseline(readFileSync(this.#path, "utf8"));
    if (entries !== undefined) return entries;
    throw usageError(
      `${this.#name} is no baseline that this engine can read`,
      "delete it, and make one with `--write-baseline`",
    );
  }

  /** What was not checked this time stays as it was. */
  #renew(findings: Findings): readonly BaselineEntry[] {
    const { settled, fingerprints, pathOf } = findings;
    const found = baselineOf(settled.diagnostics, fingerprints, pathOf);
    const entries = [...this.#entries.filter(({ file }) => isElsewhere(file, findings)), ...found];
    writeWhole(this.#path, formatBaseline(entries));
    this.#cli.err.line(`${this.#name} holds ${count(entries.length, "finding")} now`);
    return entries;
  }
}

/** In a file that is still there and was not checked. */
function isElsewhere(file: string, { files, pathOf, root }: Findings): boolean {
  return !files.some((each) => pathOf(each) === file) && existsSync(join(root, file));
}
