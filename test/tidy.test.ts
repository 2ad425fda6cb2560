import { readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { ROOT, readText, repositoryFiles } from "./support/repository.ts";

/*
 * The house rules that no linter knows.
 */

/** Who may import whom. `type` rooms give their types alone. */
const MATRIX: Readonly<Record<string, { readonly value: readonly string[]; readonly type?: readonly string[] }>> = {
  lib: { value: [] },
  core: { value: ["lib"] },
  schedule: { value: ["lib"] },
  language: { value: ["lib", "core", "schedule"] },
  engine: { value: ["lib", "core", "schedule", "language"] },
  operators: { value: ["lib", "core", "language"], type: ["engine"] },
  store: { value: ["lib", "core", "engine"] },
  executors: { value: ["lib", "core", "language", "engine", "operators"] },
  notify: { value: ["lib", "core", "engine", "operators"] },
  config: { value: ["lib", "core", "language"] },
  catalog: { value: ["lib", "core", "language"] },
  server: { value: ["lib", "core", "engine"], type: ["language", "catalog"] },
  monitoring: { value: ["lib"], type: ["language"] },
  telemetry: { value: ["lib", "core", "schedule"], type: ["language", "engine", "catalog"] },
  lsp: { value: ["lib", "core", "schedule", "language", "config", "catalog"] },
  // A program of its own, for browsers: of the others it knows what is generated from them.
  web: { value: [] },
  daemon: {
    value: [
      "lib",
      "core",
      "schedule",
      "language",
      "engine",
      "operators",
      "store",
      "executors",
      "notify",
      "config",
      "catalog",
      "server",
      "telemetry",
    ],
  },
  cli: {
    value: [
      "lib",
      "core",
      "schedule",
      "language",
      "engine",
      "operators",
      "store",
      "executors",
      "config",
      "catalog",
      "lsp",
      "server",
      "telemetry",
      "monitoring",
      "daemon",
    ],
  },
};

/** The only files that read the clock: the engine's own, and those of the terminal and the page that a person looks at. */
const CLOCK_READERS = ["src/daemon/system-clock.ts", "src/cli/terminal.ts", "src/web/lib/clock.ts"];
/** Rooms that nobody imports. */
const PROGRAMS = ["cli", "web"];

const FILE_LINES_MAX = 500;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Of an import inside the repository: the file that it names. */
  readonly target: string | undefined;
  readonly type_only: boolean;
}

const files = repositoryFiles();
const sources = files.filter((file) => file.startsWith("src/") && /\.tsx?$/.test(file));
const code = files.filter((file) => /\.(tsx?|css|cjs|mjs|js)$/.test(file) && !file.includes("/generated/"));
const texts = files.filter((file) =>
  /\.(tsx?|css|html|cjs|mjs|js|md|ya?ml|jsonc?|sql|sh|txt|out)$|\.ci\/run$/.test(file),
);
const imports = sources.flatMap(importsOf);

function importsOf(from: string): Import[] {
  const text = withoutComments(readText(from));
  const found: Import[] = [];
  for (const match of text.matchAll(/\b(import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\sfrom\s+)?"([^"]+)"/g)) {
    found.push(anImport(from, match[3] ?? "", match[2] !== undefined));
  }
  for (const match of text.matchAll(/\bimport\(\s*"([^"]+)"/g)) found.push(anImport(from, match[1] ?? "", false));
  return found;
}

function anImport(from: string, specifier: string, type_only: boolean): Import {
  const target = specifier.startsWith(".") ? posix.join(dirname(from), specifier) : undefined;
  return { from, specifier, target, type_only };
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function roomOf(file: string): string {
  return file.split("/")[1] ?? "";
}

function linesThat(where: readonly string[], pattern: RegExp): string[] {
  return where.flatMap((file) =>
    readText(file)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe("the rooms of src", () => {
  test("every folder is a room of the matrix and has a face", () => {
    const folders = readdirSync(join(ROOT, "src"));
    expect(folders.filter((folder) => MATRIX[folder] === undefined)).toEqual([]);
    const faceless = folders.filter((room) => !PROGRAMS.includes(room) && !sources.includes(`src/${room}/index.ts`));
    expect(faceless).toEqual([]);
  });

  test("a room imports only the rooms that the matrix allows", () => {
    const wrong = imports.filter(({ from, target, type_only }) => {
      if (target === undefined || !target.startsWith("src/") || roomOf(target) === roomOf(from)) return false;
      const allowed = MATRIX[roomOf(from)];
      return !allowed?.value.includes(roomOf(target)) && !(type_only && allowed?.type?.includes(roomOf(target)));
    });
    expect(wrong.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
  });

  test("a room is imported by its face alone", () => {
    const past = imports.filter(
      ({ from, target }) =>
        target?.startsWith("src/") && roomOf(target) !== roomOf(from) && target !== `src/${roomOf(target)}/index.ts`,
    );
    expect(past.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
  });

  test("a file does not import its own room's face, nor anything outside of src but package.json", () => {
    const wrong = imports.filter(
      ({ from, target }) =>
        target !== undefined &&
        (target === `src/${roomOf(from)}/index.ts` || (!target.startsWith("src/") && target !== "package.json")),
    );
    expect(wrong.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
  });

  test("no import closes a circle, types included", () => {
    const edges = Map.groupBy(imports, ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      if (done.has(file)) return;
      for (const { target } of edges.get(file) ?? []) if (target !== undefined) walk(target, [...path, file]);
      done.add(file);
    };
    for (const file of sources) walk(file, []);
    expect(circles).toEqual([]);
  });

  test("what these tests know of the imports is what the bundler sees, file by file", async () => {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: sources,
      outdir: "dist",
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      packages: "external",
      jsx: "preserve",
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    const seen = Object.keys(metafile.inputs).filter((file) => /\.tsx?$/.test(file));
    expect(seen.sort()).toEqual(sources);
    const known = new Set(imports.map(({ from, target, specifier }) => `${from} → ${target ?? specifier}`));
    const bundled = Object.entries(metafile.inputs).flatMap(([from, input]) =>
      input.imports.map(({ path }) => `${from} → ${path}`),
    );
    expect(bundled.filter((edge) => edge.startsWith("src/") && !known.has(edge))).toEqual([]);
  });
});

describe("every file", () => {
  test(`has at most ${FILE_LINES_MAX} lines of code`, () => {
    const long = code.filter((file) => readText(file).split("\n").length - 1 > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  test("is named in kebab-case", () => {
    // Pages and fixtures of a check bear its code, and a runbook is called as its alert.
    const exceptions = /^(README|CHANGELOG|CONTRIBUTING|LICENSE)(\.md)?$|^ENG\d{3}[a-z0-9.-]*$|^Engine[A-Z]\w+\.md$/;
    const named = code.concat(texts).map((file) => file.split("/").at(-1) ?? "");
    expect(named.filter((name) => !/^\.?[a-z0-9_.-]+$/.test(name) && !exceptions.test(name))).toEqual([]);
  });

  test("is finished: it holds no note of work that is left", () => {
    expect(linesThat(texts, /\b(TO[D]O|FIX[M]E|X[X]X)\b/)).toEqual([]);
  });

  test("speaks of the project alone: no paths of one machine, no numbers of tickets", () => {
    const machine = /(^|[\s"'`(])\/(?:w[o]rk|home|Users)\/[\w-]/;
    const ticket = /\b(issue|ticket|pull request)s? #?\d+/i;
    expect(linesThat(texts, machine)).toEqual([]);
    expect(linesThat(texts, ticket)).toEqual([]);
  });
});

describe("time and chance", () => {
  test("are read by the clock alone", () => {
    const readers = linesThat(
      sources.filter((file) => !CLOCK_READERS.includes(file)),
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime\b|\bMath\.random\(/,
    );
    expect(readers).toEqual([]);
  });

  test("are not left to luck in the tests", () => {
    expect(
      linesThat(
        code.filter((file) => file.startsWith("test/")),
        /\bMath\.random\(/,
      ),
    ).toEqual([]);
  });
});

describe("the tests", () => {
  const tests = files.filter(
    (file) => file.startsWith("test/") && file.endsWith(".ts") && file !== "test/tidy.test.ts",
  );

  test("are all run: none is singled out, none is left out", () => {
    expect(linesThat(tests, /\b(test|it|describe)\.(only|skip|todo|fails)\b/)).toEqual([]);
  });

  test("mirror src: a folder of test/unit is a room", () => {
    expect(readdirSync(join(ROOT, "test/unit")).filter((folder) => MATRIX[folder] === undefined)).toEqual([]);
  });
});
