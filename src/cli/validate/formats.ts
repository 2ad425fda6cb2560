import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import {
  countsInWords,
  formatConcise,
  formatGithub,
  formatJson,
  formatJsonl,
  formatJunit,
  formatPretty,
  formatSarif,
  type Report,
} from "../../language/index.ts";
import { suggest } from "../../lib/index.ts";
import { usageError } from "../errors.ts";
import { count } from "../output/words.ts";
import { checkTarget, writeWhole } from "../output/write-file.ts";
import type { Cli, Output } from "../terminal.ts";

/** How a format is written. `color` only where a person looks. */
type Write = (report: Report, color: boolean) => string;

const WRITERS = {
  pretty: writePretty,
  concise: formatConcise,
  json: formatJson,
  jsonl: formatJsonl,
  sarif: formatSarif,
  github: formatGithub,
  junit: formatJunit,
} as const satisfies Readonly<Record<string, Write>>;

export type Format = keyof typeof WRITERS;
export const FORMATS = Object.keys(WRITERS) as readonly Format[];

/** Those of which nothing but one may be on standard output: something else between would make them unreadable. */
const DOCUMENTS: ReadonlySet<Format> = new Set<Format>(["json", "jsonl", "sarif", "junit"]);

/** One `--format`: to a file, else to standard output. */
export interface Target {
  readonly format: Format;
  readonly file?: string;
}

/** One more `--format NAME` or `--format NAME=FILE`, for commander. */
export function gatherTarget(text: string, before: readonly Target[] | undefined): readonly Target[] {
  const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (!isFormat(name)) {
    const near = suggest(name, FORMATS);
    throw new InvalidArgumentError(
      near === undefined ? `Allowed choices are ${FORMATS.join(", ")}.` : `Did you mean ${near}?`,
    );
  }
  if (file === "") throw new InvalidArgumentError("A file is missing after the equals sign.");
  return [...(before ?? []), { format: name, ...(file === undefined ? {} : { file }) }];
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(WRITERS, name);
}

/**
 * What to print where: as given, else for a person, and on GitHub Actions for its annotations too. Throws a usage error
 * when two would get in each other's way, or a file has no folder to go to.
 */
export function settleTargets(cli: Cli, given: readonly Target[] | undefined): readonly Target[] {
  const targets = given ?? defaultTargets(cli);
  const printed = targets.filter(({ file }) => file === undefined);
  const document = printed.find(({ format }) => DOCUMENTS.has(format));
  if (document !== undefined && printed.length > 1) {
    const { format } = document;
    throw usageError(
      `--format ${format} has to be alone on standard output`,
      `write it to a file: \`--format ${format}=FILE\``,
    );
  }
  const files = targets.flatMap(({ file }) => file ?? []);
  for (const [index, file] of files.entries()) {
    if (files.slice(0, index).some((other) => resolve(cli.cwd, other) === resolve(cli.cwd, file))) {
      throw usageError(`two formats would go to ${file}`, "give each a file of its own");
    }
    checkTarget(resolve(cli.cwd, file), file);
  }
  return targets;
}

function defaultTargets({ env }: Cli): readonly Target[] {
  return env.GITHUB_ACTIONS === "true" ? [{ format: "pretty" }, { format: "github" }] : [{ format: "pretty" }];
}

/** Writes the files first: what reads standard output may act on them at once. `out`: where else than there. */
export function writeReport(cli: Cli, targets: readonly Target[], report: Report, out: Output = cli.out): void {
  for (const { format, file } of targets) {
    if (file !== undefined) writeWhole(resolve(cli.cwd, file), WRITERS[format](report, false));
  }
  for (const { format, file } of targets) {
    if (file === undefined) out.write(WRITERS[format](report, isColored(out)));
  }
}

function isColored({ depth }: Output): boolean {
  return depth > 1;
}

/** The findings, and one line that sums them up. */
function writePretty(report: Report, color: boolean): string {
  const { files, diagnostics, suppressed, sourceOf } = report;
  const findings = diagnostics.length === 0 ? "" : `${formatPretty(diagnostics, { color, sourceOf })}\n`;
  const hidden = suppressed.length === 0 ? "" : ` (${suppressed.length} suppressed)`;
  return `${findings}${count(files.length, "file")} checked: ${countsInWords(diagnostics)}${hidden}${fixesInWords(report)}\n`;
}

/** `; 2 fixed, 1 more can be with --fix`. */
function fixesInWords({ diagnostics, fixed = 0 }: Report): string {
  const safe = diagnostics.filter(({ fix }) => fix?.safe === true).length;
  const unsafe = diagnostics.filter(({ fix }) => fix?.safe === false).length;
  const parts = [
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    ...(safe > 0 ? [`${safe} can be fixed with --fix`] : []),
    ...(unsafe > 0 ? [`${unsafe} ${safe > 0 ? "more" : "can be fixed"} with --fix=unsafe`] : []),
  ];
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}
