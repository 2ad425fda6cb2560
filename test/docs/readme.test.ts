import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainEnvironment } from "../support/engine-command.ts";
import { ROOT, readText, repositoryFiles } from "../support/repository.ts";

/*
 * Types what the README says, line after line, into a fresh copy of the repository, as a newcomer would.
 */

/** A fresh install takes a while on a slow network. */
const COMMAND_MS_MAX = 300_000;

interface Command {
  readonly line: string;
  /** From a comment behind it: `# ends with 1`. */
  readonly status: number;
}

const commands = [...readText("README.md").matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) =>
  commandsOf(match[1] ?? ""),
);

/** One for each line, here-documents kept together. */
function commandsOf(block: string): Command[] {
  return [...block.matchAll(/^.*<<'EOF'\n[\s\S]*?^EOF$|^.+$/gm)].map(([line]) => ({
    line,
    status: Number(/# ends with (\d+)$/.exec(line)?.[1] ?? 0),
  }));
}

const [first, second, ...tour] = commands;
const named = tour.map((command) => [command.line.split("\n")[0] ?? "", command] as const);

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "engine-readme-"));
  for (const file of repositoryFiles()) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
});

afterAll(() => {
  rmSync(clone, { recursive: true, force: true });
});

/** The Node of these tests is not on a newcomer's path. */
const env = {
  ...plainEnvironment(),
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
};

async function type(line: string): Promise<{ status: number; output: string; stdout: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)("bash", ["-c", line], { cwd: clone, env });
    return { status: 0, output: stdout + stderr, stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
    if (typeof code !== "number") throw error;
    return { status: code, output: stdout + stderr, stdout };
  }
}

describe("the README", () => {
  test("begins with a command that installs and runs the example to its success", {
    timeout: COMMAND_MS_MAX,
  }, async () => {
    expect(first?.line).toBe("npm ci && npx engine run examples/ml-training");
    const { status, output } = await type(first?.line ?? "");
    expect(output).toContain("success");
    expect(status).toBe(0);
  });

  test("goes on with the command that CI runs", () => {
    // It runs these tests, so it can't be run by them: it is the same to the letter instead.
    expect(readText(".ci/run").trimEnd().split("\n").at(-1)).toBe(second?.line);
  });

  test.each(named)("can be followed: %s", { timeout: COMMAND_MS_MAX }, async (_name, { line, status }) => {
    const ended = await type(line);
    expect(ended.output).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
    expect(ended.status, ended.output).toBe(status);
    // What is wrong in the mistake is shown as it is printed.
    if (line.includes("mistake.yaml") && line.includes("validate"))
      expect(readText("README.md")).toContain(ended.stdout);
  });

  test("fits the first screen with what it is and its two commands", () => {
    const lines = readText("README.md").split("\n");
    expect(lines.indexOf(second?.line ?? "")).toBeLessThan(60);
  });
});
