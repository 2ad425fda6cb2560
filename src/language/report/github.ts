import type { Diagnostic, Severity } from "../diagnostic.ts";
import { countsInWords, type Report, SEVERITIES } from "./report.ts";

/*
 * Workflow commands of GitHub Actions: lines that a runner turns into annotations of the files.
 */

/** Annotations of each kind that GitHub shows for one step; it drops the rest without a word. */
const SHOWN_MAX = 10;

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/** The worst first, as many as GitHub shows; then one line that counts the others. */
export function formatGithub({ diagnostics, pathOf }: Pick<Report, "diagnostics" | "pathOf">): string {
  const sorted = SEVERITIES.map((severity) => diagnostics.filter((each) => each.severity === severity));
  const crowded = sorted.some((each) => each.length > SHOWN_MAX);
  // The line that counts the others is a notice itself.
  const limit = (severity: Severity): number => (crowded && severity === "info" ? SHOWN_MAX - 1 : SHOWN_MAX);
  const shown = sorted.flatMap((each, index) => each.slice(0, limit(SEVERITIES[index] ?? "error")));
  const rest = sorted.flatMap((each, index) => each.slice(limit(SEVERITIES[index] ?? "error")));
  const lines = shown.map((each) => annotation(each, pathOf(each.file)));
  if (rest.length > 0) {
    const message = `and ${countsInWords(rest)} more: the log of this step has them all`;
    lines.push(`::notice title=engine validate::${escapeData(message)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function annotation({ code, name, severity, message, hint, range }: Diagnostic, file: string): string {
  const { start, end } = range;
  // A runner refuses columns where the lines differ.
  const columns = start.line === end.line ? { col: start.column, endColumn: end.column } : {};
  const properties = { file, line: start.line, endLine: end.line, ...columns, title: `${code} ${name}` };
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  const text = hint === undefined ? message : `${message}\n${hint}`;
  return `::${COMMANDS[severity]} ${written.join(",")}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
