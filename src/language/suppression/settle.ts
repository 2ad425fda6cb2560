import { suggest } from "../../lib/index.ts";
import { badSuppression } from "../checks/bad-suppression.ts";
import type { Check } from "../checks/check.ts";
import { CHECKS } from "../checks/index.ts";
import { unusedSuppression } from "../checks/unused-suppression.ts";
import type { Diagnostic, Fix, Severity } from "../diagnostic.ts";
import { sortDiagnostics } from "../order.ts";
import type { SuppressionComment } from "./comments.ts";
import { matchesGlob } from "./glob.ts";
import type { IgnoreEntry, Level, SettleOptions } from "./policy.ts";

/*
 * What becomes of the findings: levels from engine.yaml, then suppressions, then findings about suppressions. It
 * works on plain data, after all checks and apart from them.
 */

/** What the checks found, before anybody asked what to make of it. */
export interface Found {
  readonly diagnostics: readonly Diagnostic[];
  readonly comments: readonly SuppressionComment[];
}

/** A finding that somebody accepted. */
export interface Suppressed {
  readonly diagnostic: Diagnostic;
  readonly suppression: {
    /** Where that is written: in the file itself, in engine.yaml, in the baseline. */
    readonly kind: "comment" | "config" | "baseline";
    readonly reason?: string;
  };
}

export interface Settled {
  /** What is left, with its level, and what there is to say about the suppressions. Sorted. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly Suppressed[];
}

const BY_CODE: ReadonlyMap<string, Check> = new Map(CHECKS.map((check) => [check.code, check]));

const SEVERITIES: Readonly<Record<Exclude<Level, "off">, Severity>> = { error: "error", warn: "warning", info: "info" };

/** A day, in milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1_000;

/** Whether engine.yaml may lower a code or switch it off: not when its findings leave no pipeline to run. */
export function canBeLowered(code: string): boolean {
  const check = BY_CODE.get(code);
  return check === undefined || check.severity !== "error" || check.suppressible === true;
}

/** Whether a comment or engine.yaml may accept the findings of a code. */
export function isSuppressible(code: string): boolean {
  return canBeLowered(code) && BY_CODE.get(code)?.suppressible !== false;
}

export function settle(found: Found, options: SettleOptions): Settled {
  return new Settlement(found, options).settled();
}

class Settlement {
  readonly #found: Found;
  readonly #options: SettleOptions;
  readonly #comments: ReadonlyMap<string, readonly SuppressionComment[]>;
  /** Codes of each comment that suppressed something. */
  readonly #usedCodes = new Map<SuppressionComment, Set<string>>();
  readonly #usedEntries = new Set<IgnoreEntry>();
  /** Files of which not all could be checked. */
  readonly #unusable: ReadonlySet<string>;

  constructor(found: Found, options: SettleOptions) {
    this.#found = found;
    this.#options = options;
    this.#comments = Map.groupBy(found.comments, ({ file }) => file);
    this.#unusable = new Set(found.diagnostics.flatMap(({ code, file }) => (canBeLowered(code) ? [] : [file])));
  }

  settled(): Settled {
    const diagnostics: Diagnostic[] = [];
    const suppressed: Suppressed[] = [];
    for (const diagnostic of this.#found.diagnostics) {
      const suppression = isSuppressible(diagnostic.code) ? this.#suppressionOf(diagnostic) : undefined;
      const left = this.#leveled(diagnostic);
      if (left === undefined) continue;
      if (suppression === undefined) diagnostics.push(left);
      else suppressed.push({ diagnostic: left, suppression });
    }
    const about = [...this.#found.comments.flatMap((one) => this.#aboutComment(one)), ...this.#aboutEntries()];
    const leveled = about.flatMap((one) => this.#leveled(one) ?? []);
    return { diagnostics: sortDiagnostics([...diagnostics, ...leveled]), suppressed };
  }

  #suppressionOf(diagnostic: Diagnostic): Suppressed["suppression"] | undefined {
    let suppression: Suppressed["suppression"] | undefined;
    for (const comment of this.#comments.get(diagnostic.file) ?? []) {
      if (!covers(comment, diagnostic)) continue;
      const used = this.#usedCodes.get(comment) ?? new Set();
      this.#usedCodes.set(comment, used.add(diagnostic.code));
      suppression ??= { kind: "comment", ...withReason(comment.reason) };
    }
    const path = this.#path(diagnostic.file);
    for (const entry of this.#options.policy.ignore) {
      if (entry.code !== diagnostic.code || !matchesGlob(path, entry.path)) continue;
      this.#usedEntries.add(entry);
      if (!this.#isExpired(entry)) suppression ??= { kind: "config", reason: entry.reason };
    }
    return suppression;
  }

  /** With the level of the rules; undefined when they switch it off. */
  #leveled(diagnostic: Diagnostic): Diagnostic | undefined {
    const { rules, overrides } = this.#options.policy;
    let level = rules[diagnostic.code];
    for (const override of overrides) {
      const own = override.rules[diagnostic.code];
      if (own !== undefined && matchesGlob(this.#path(diagnostic.file), override.files)) level = own;
    }
    if (level === undefined || !canBeLowered(diagnostic.code)) return diagnostic;
    if (level === "off") return undefined;
    const severity = SEVERITIES[level];
    return severity === diagnostic.severity ? diagnostic : { ...diagnostic, severity };
  }

  #aboutComment(comment: SuppressionComment): readonly Diagnostic[] {
    const { file, range, codes, reason } = comment;
    const about: Diagnostic[] = [];
    if (codes.length === 0) {
      const [found] = this.#foundAt(comment);
      const hint = `name the code first: \`# engine-ignore ${found ?? "ENG508"}: the reason\``;
      const message = "this suppression names no code, so it suppresses nothing";
      // Where there is something to accept, it was meant to.
      const fix = { ...removal(comment), safe: found === undefined };
      about.push(finding(unusedSuppression, { file, range, message, hint, fix }));
      return about;
    }
    const unused = this.#unusedCodes(comment);
    if (unused.length > 0) about.push(unusedFinding(comment, unused, this.#foundAt(comment)));
    if (reason === undefined && unused.length < codes.length) {
      const hint = `say behind a colon why: \`# engine-ignore ${codes[0]?.code}: the reason\``;
      const message = "this suppression gives no reason";
      about.push(finding(badSuppression, { file, range, message, hint }));
    }
    return about;
  }

  /** Codes of what was found on the lines of a comment and could be accepted. */
  #foundAt(comment: SuppressionComment): readonly string[] {
    const found = this.#found.diagnostics.filter(
      ({ code, file, range }) => file === comment.file && isOn(comment, range) && isSuppressible(code),
    );
    return [...new Set(found.map(({ code }) => code))];
  }

  #unusedCodes(comment: SuppressionComment): readonly string[] {
    const used = this.#usedCodes.get(comment);
    return comment.codes.flatMap(({ code }) => {
      const check = BY_CODE.get(code);
      if (used?.has(code)) return [];
      if (check === undefined || !isSuppressible(code)) return [code];
      return check.conditional || this.#unusable.has(comment.file) ? [] : [code];
    });
  }

  #aboutEntries(): readonly Diagnostic[] {
    return this.#options.policy.ignore.flatMap((entry): readonly Diagnostic[] => {
      const { code, path, until, place } = entry;
      const used = this.#usedEntries.has(entry);
      if (used && this.#isExpired(entry)) {
        const hint = "mend what it hid, or give it a later day and say why";
        const message = `this suppression of \`${code}\` has expired: it held until ${until}`;
        return [finding(badSuppression, { ...place, message, hint })];
      }
      if (used || !this.#options.complete || BY_CODE.get(code)?.conditional || this.#unusable.size > 0) return [];
      const message = `no finding \`${code}\` in \`${path}\` is left to suppress`;
      return [finding(unusedSuppression, { ...place, message, hint: "remove this entry" })];
    });
  }

  #isExpired({ until }: IgnoreEntry): boolean {
    const { now_ms } = this.#options;
    return until !== undefined && now_ms !== undefined && now_ms >= Date.parse(`${until}T00:00:00Z`) + DAY_MS;
  }

  #path(file: string): string {
    return pathFromRoot(file, this.#options.folder);
  }
}

/** A file as the repository names it: from its root, with slashes. */
function pathFromRoot(file: string, folder: string): string {
  const parts: string[] = [];
  for (const part of `${file.startsWith("/") ? "" : folder}/${file}`.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `${file.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

function covers(comment: SuppressionComment, { code, range }: Diagnostic): boolean {
  return isOn(comment, range) && comment.codes.some((written) => written.code === code);
}

function isOn({ first_line, last_line }: SuppressionComment, { start: { line } }: Diagnostic["range"]): boolean {
  return line >= first_line && line <= last_line;
}

/** `found`: codes of what stands where it suppresses. */
function unusedFinding(comment: SuppressionComment, unused: readonly string[], found: readonly string[]): Diagnostic {
  const { file, range, codes } = comment;
  const kept = codes.filter(({ code }) => !unused.includes(code));
  const [first] = codes.filter(({ code }) => unused.includes(code));
  const code = first?.code ?? "";
  const place = { file, range: unused.length === 1 ? (first?.range ?? range) : range };
  const fix = kept.length === 0 ? removal(comment) : fewerCodes(comment, kept);
  if (unused.length > 1) {
    const message = `nothing here is left to suppress for ${unused.map((one) => `\`${one}\``).join(", ")}`;
    return finding(unusedSuppression, { ...place, message, hint: "remove them", fix });
  }
  if (!BY_CODE.has(code)) {
    const message = `there is no code \`${code}\``;
    const near = suggest(code, found);
    if (near === undefined || first === undefined) {
      return finding(unusedSuppression, { ...place, message, hint: "`engine explain` lists all codes", fix });
    }
    const respelt: Fix = {
      title: `replace \`${code}\` by \`${near}\``,
      safe: false,
      edits: [{ range: first.range, text: near }],
    };
    return finding(unusedSuppression, { ...place, message, hint: `did you mean \`${near}\`?`, fix: respelt });
  }
  if (!isSuppressible(code)) {
    const message = `\`${code}\` can't be suppressed: a pipeline with it can't run`;
    return finding(unusedSuppression, { ...place, message, hint: "remove it, and mend what was found", fix });
  }
  const message = `no finding \`${code}\` is left here to suppress`;
  return finding(unusedSuppression, { ...place, message, hint: "remove it", fix });
}

function removal({ removal: range }: SuppressionComment): Fix {
  return { title: "remove the suppression", safe: true, edits: [{ range, text: "" }] };
}

/** The codes anew, with what stands before and behind them as it was. */
function fewerCodes({ codes }: SuppressionComment, kept: SuppressionComment["codes"]): Fix {
  const start = codes[0]?.range.start;
  const end = codes.at(-1)?.range.end;
  const text = kept.map(({ code }) => code).join(", ");
  const edits = start === undefined || end === undefined ? [] : [{ range: { start, end }, text }];
  return { title: `suppress only ${text}`, safe: true, edits };
}

function finding(check: Check, about: Omit<Diagnostic, "code" | "name" | "severity">): Diagnostic {
  const { code, name, severity } = check;
  return { code, name, severity, ...about };
}

function withReason(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
