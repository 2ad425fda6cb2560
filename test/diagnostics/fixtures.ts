import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, normalize, relative } from "node:path";
import { findStrays } from "../../src/catalog/index.ts";
import { pluginFindings } from "../../src/cli/load.ts";
import { CONFIG_FILE, loadConfig } from "../../src/config/index.ts";
import {
  checkFiles,
  compareFiles,
  type Diagnostic,
  formatPretty,
  type PathKind,
  type Policy,
  type ShellFinding,
  type SourceFile,
  sortDiagnostics,
} from "../../src/language/index.ts";
import { operators } from "../../src/operators/index.ts";

/*
 * Fixtures of the checks: `ok/` is silent, `err/` says what its `.out` holds. A fixture is a file, or a folder
 * of files that are checked in one go. Its name begins with the code that it is about.
 */

/** What the fixtures' surroundings are: pools, connections, secrets, pipelines, folders, and a tool that knows one fault of scripts. */
const SURROUNDINGS = {
  pools: new Map([["gpu", 4]]),
  connections: new Map([
    ["alerts", "slack"],
    ["ml_alerts", "slack"],
    ["warehouse", "postgres"],
  ]),
  secrets: new Set(["API_TOKEN", "DB_PASSWORD"]),
  pipelineNames: () => new Set(["ingest", "features"]),
  pathKind: (path: string): PathKind => {
    const normal = normalize(path).replace(/\/$/, "");
    if (normal.startsWith("..")) return "outside";
    return ["training", "models/small"].includes(normal) ? "folder" : /\.\w+$/.test(normal) ? "file" : "nothing";
  },
  shellcheck: {
    identity: "a stand-in",
    find: (scripts: readonly string[]): (readonly ShellFinding[])[] =>
      scripts.map((script) =>
        [...script.matchAll(/\brm -rf (\$\w+)/g)].map((match) => {
          const end = match.index + match[0].length;
          const message = "Double quote to prevent globbing and word splitting";
          return { code: "SC2086", message, start: end - (match[1]?.length ?? 0), end };
        }),
      ),
  },
} as const;

/** The day on which the fixtures are checked. */
const NOW_MS = Date.UTC(2026, 0, 31, 12);

const NO_RULES: Policy = { rules: {}, overrides: [], ignore: [] };

const CODE = /^ENG\d{3}/;

export interface Fixture {
  /** `ENG201-misspelt`, without the ending. */
  readonly name: string;
  readonly code: string | undefined;
  readonly files: readonly SourceFile[];
}

/** The fixtures of `ok/` or `err/`, by name. */
export function fixturesOf(kind: "ok" | "err"): readonly Fixture[] {
  const folder = join(import.meta.dirname, kind);
  return readdirSync(folder)
    .filter((entry) => !entry.endsWith(".out"))
    .sort()
    .map((entry) => {
      const path = join(folder, entry);
      const isFolder = statSync(path).isDirectory();
      const names = isFolder ? filesBelow(path).map((name) => join(entry, name)) : [entry];
      // Without the code, so that a pipeline may take its name from its file.
      const files = names.map((name) => ({
        path: name.replace(/^ENG\d{3}-/, ""),
        bytes: readFileSync(join(folder, name)),
      }));
      return { name: entry.replace(/\.ya?ml$/, ""), code: CODE.exec(entry)?.[0], files };
    });
}

/** Every file below a folder, by its path from there, sorted. */
function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort();
}

/** Files in a folder `base` are what stood beside it at the revision that is compared with. */
const BASE = /(^|\/)base\//;

function isBase({ path }: SourceFile): boolean {
  return BASE.test(path);
}

/** A file at the revision that is compared with, as it was called there. */
function atBase(file: SourceFile): SourceFile {
  return { ...file, path: file.path.replace(BASE, "$1") };
}

/** What the checks say of files, compared with those in a folder `base` if there are any. */
export async function checkWithBase(files: readonly SourceFile[]): Promise<readonly Diagnostic[]> {
  const before = files.filter(isBase).map(atBase);
  const after = files.filter((file) => !isBase(file));
  if (before.length === 0) return check(after);
  const changes = await compareFiles({ before, after, revision: "main", now_ms: NOW_MS }, { operators });
  return sortDiagnostics([...check(after), ...changes]);
}

/**
 * What the checks say of files that belong together, as if each had been named in the folder of pipelines. An
 * engine.yaml among them says what to make of it.
 */
export function check(files: readonly SourceFile[]): readonly Diagnostic[] {
  const isConfig = ({ path }: SourceFile): boolean => basename(path) === CONFIG_FILE;
  const config = files.find(isConfig);
  const { policy = NO_RULES, diagnostics = [] } = config === undefined ? {} : policyOf(config);
  if (diagnostics.length > 0) return diagnostics;
  const folder = files[0]?.path.includes("/") ? dirname(files[0].path) : ".";
  const options = {
    operators,
    ...SURROUNDINGS,
    now_ms: NOW_MS,
    settle: { policy, folder: "", now_ms: NOW_MS, complete: true },
  };
  const pipelines = files.filter((file) => !isConfig(file));
  const strays = findStrays(
    pipelines.map(({ path }) => path),
    folder,
  );
  return [...strays, ...checkFiles(pipelines, options).diagnostics];
}

/** What an engine.yaml says of findings, or what is wrong with it. Its globs begin at its folder. */
function policyOf(file: SourceFile): { policy?: Policy; diagnostics: readonly Diagnostic[] } {
  const folder = mkdtempSync(join(tmpdir(), "engine-fixture-"));
  try {
    writeFileSync(join(folder, CONFIG_FILE), file.text ?? file.bytes);
    const { config, diagnostics } = loadConfig({ cwd: folder, env: {}, flags: {} });
    const ofPlugins = config === undefined ? [] : pluginFindings(config);
    const named = [...diagnostics, ...ofPlugins].map((one) => ({ ...one, file: file.path }));
    if (config === undefined) return { diagnostics: named };
    const prefix = file.path.slice(0, -CONFIG_FILE.length);
    const { rules, overrides, ignore } = config.validate;
    const policy = {
      rules,
      overrides: overrides.map((each) => ({ ...each, files: prefix + each.files })),
      ignore: ignore.map((each) => ({ ...each, path: prefix + each.path, place: { ...each.place, file: file.path } })),
    };
    return { policy, diagnostics: named };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The findings as a person sees them, without colour. */
export function pretty(files: readonly SourceFile[], diagnostics: readonly Diagnostic[]): string {
  const textOf = (file: SourceFile): string => file.text ?? new TextDecoder().decode(file.bytes);
  const named = [...files.filter(isBase).map(atBase), ...files.filter((file) => !isBase(file))];
  const sources = new Map(named.map((file) => [file.path, textOf(file)]));
  return formatPretty(diagnostics, { color: false, sourceOf: (path) => sources.get(path) });
}
