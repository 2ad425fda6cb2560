import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import type { ShellFinding, ShellTool } from "../language/index.ts";

/** The program of a name on a search path such as `PATH`; undefined when there is none. */
export function findProgram(name: string, searchPath: string | undefined): string | undefined {
  for (const folder of (searchPath ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** What it wants to know of the shell that will run the script; its columns count from the first line of the script. */
const FIRST_LINE = "#!/bin/bash -eu\n";

/**
 * What is no fault here: that a file which is sourced can't be followed (1090, 1091), that a shebang comes after our
 * own (1128), and that variables come from nowhere (2153, 2154): the engine, `env` and the machine set them.
 */
const EXCLUDED = "SC1090,SC1091,SC1128,SC2153,SC2154";

/** Its own notes on a repository. */
const CONFIG = ".shellcheckrc";

/** Long enough for the scripts of one pipeline on a busy machine, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Bytes of findings that are read: more than anybody will. */
const OUTPUT_MAX = 16 * 1024 * 1024;

/** One finding in the form `json1`. Lines and columns count from 1, columns in characters. */
interface Comment {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly code: number;
  readonly message: string;
}

/**
 * Has scripts looked at by a shellcheck, with the configuration at the repository's root and no other. A program that is
 * none finds nothing.
 */
export function shellcheckWith(program: string, root: string): ShellTool {
  const config = readConfig(root);
  let identity: string | undefined;
  return {
    // Who caches nothing never asks, and is spared a process.
    get identity() {
      const version = (): string | undefined => /^version: (.+)$/m.exec(spawned(program, ["--version"]))?.[1];
      identity ??= JSON.stringify([version(), EXCLUDED, config]);
      return identity;
    },
    find: (scripts) => {
      try {
        return look(program, config, scripts);
      } catch {
        return undefined;
      }
    },
  };
}

/** Where the repository has none, an empty one keeps that of the user's home away. */
function readConfig(root: string): string {
  try {
    return readFileSync(join(root, CONFIG), "utf8");
  } catch {
    return "";
  }
}

/** Throws when the program fails, or takes too long. */
function look(program: string, config: string, scripts: readonly string[]): readonly (readonly ShellFinding[])[] {
  const folder = mkdtempSync(join(tmpdir(), "engine-shellcheck-"));
  try {
    writeFileSync(join(folder, CONFIG), config);
    const files = scripts.map((_, index) => join(folder, `${index}.bash`));
    for (const [index, file] of files.entries()) writeFileSync(file, FIRST_LINE + scripts[index]);
    const flags = ["--format=json1", "--shell=bash", "--severity=info", `--exclude=${EXCLUDED}`, "--"];
    const printed = JSON.parse(spawned(program, [...flags, ...files])) as { readonly comments: readonly Comment[] };
    const comments = Map.groupBy(printed.comments, ({ file }) => file);
    return scripts.map((script, index) => findingsOf(script, comments.get(files[index] ?? "") ?? []));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program prints, however it ends. */
function spawned(program: string, args: readonly string[]): string {
  // Loaded when it is needed: where shellcheck isn't installed, or there is no script, it never is.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { stdout } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    maxBuffer: OUTPUT_MAX,
    stdio: ["ignore", "pipe", "ignore"],
    // Its options in the environment would change what is found from one machine to the next.
    env: { ...process.env, SHELLCHECK_OPTS: undefined },
  });
  return stdout ?? "";
}

function findingsOf(script: string, comments: readonly Comment[]): readonly ShellFinding[] {
  const lines = script.split("\n");
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  const offset = (line: number, column: number): number => {
    // The first line is ours.
    const index = Math.min(Math.max(line - 2, 0), lines.length - 1);
    const before = [...(lines[index] ?? "")].slice(0, column - 1).join("");
    return (starts[index] ?? 0) + before.length;
  };
  return comments.map(({ line, column, endLine, endColumn, code, message }) => ({
    code: `SC${code}`,
    message: message.replace(/\s*\.\s*$/, ""),
    start: offset(line, column),
    end: offset(endLine, endColumn),
  }));
}
