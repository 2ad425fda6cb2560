import { EXIT } from "../../command.ts";
import { CliError, usageError } from "../../errors.ts";
import type { Cli } from "../../terminal.ts";

/*
 * git, read only: nothing here writes to the repository, not even its index.
 */

export interface GitResult {
  readonly exit_code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What git prints at most, in bytes: the text of every pipeline of a repository that nobody has. */
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Variables that point git at another repository than that of the folder; a hook that git itself starts has them.
 * As `git rev-parse --local-env-vars` lists them.
 */
const LOCAL_VARIABLES: ReadonlySet<string> = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

/** The repository that a folder stands in. */
export class Repository {
  /** The root of its work tree: absolute, without links. */
  readonly top: string;
  readonly #env: Cli["env"];

  /** Throws a usage error when there is no git, no repository, or git refuses to read it. `folder` exists. */
  static async of(folder: string, env: Cli["env"]): Promise<Repository> {
    const found = await runGit(folder, env, ["rev-parse", "--show-toplevel"]);
    if (found.exit_code !== 0) throw refusal(folder, found);
    return new Repository(lineOf(found), env);
  }

  private constructor(top: string, env: Cli["env"]) {
    this.top = top;
    this.#env = env;
  }

  /** Runs git at the repository's root, whatever it ends with. */
  run(args: readonly string[], input?: string): Promise<GitResult> {
    return runGit(this.top, this.#env, args, input);
  }

  /** What git printed; throws when it failed. */
  async output(args: readonly string[], input?: string): Promise<Buffer> {
    const result = await this.run(args, input);
    if (result.exit_code !== 0) throw failure(args, result);
    return result.stdout;
  }

  /** The line that git printed; undefined when it failed. */
  async line(args: readonly string[]): Promise<string | undefined> {
    const result = await this.run(args);
    return result.exit_code === 0 ? lineOf(result) : undefined;
  }
}

function lineOf({ stdout }: GitResult): string {
  return stdout.toString().replace(/\r?\n$/, "");
}

async function runGit(folder: string, env: Cli["env"], args: readonly string[], input?: string): Promise<GitResult> {
  // Loaded when it is needed: most calls compare with nothing.
  const { execa } = await import("execa");
  const own = Object.entries(env).filter(([name]) => !LOCAL_VARIABLES.has(name) && name !== "LANGUAGE");
  const result = await execa("git", ["--literal-pathspecs", "--no-pager", ...args], {
    cwd: folder,
    // Messages are recognised below; nobody is there to type a password; a look doesn't refresh the index.
    env: { ...Object.fromEntries(own), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" },
    extendEnv: false,
    encoding: "buffer",
    maxBuffer: OUTPUT_BYTES_MAX,
    reject: false,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
  });
  if (result.code === "ENOENT") {
    throw usageError("--base asks git, and there is no program `git` here", "install git, or leave --base out");
  }
  if (result.exitCode === undefined) {
    throw new CliError(`git could not be run: ${result.shortMessage}`, { exit_code: EXIT.internal });
  }
  const { exitCode: exit_code, stdout, stderr } = result;
  return { exit_code, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr).toString() };
}

function refusal(folder: string, result: GitResult): CliError {
  const { stderr } = result;
  if (/dubious ownership/.test(stderr)) {
    const top = /repository at '(.+)'/.exec(stderr)?.[1] ?? folder;
    return usageError(
      `git doesn't read the repository ${top}, because it belongs to somebody else`,
      `if you trust it: \`git config --global --add safe.directory '${top}'\``,
    );
  }
  if (/must be run in a work tree/.test(stderr)) {
    return usageError(`${folder} is a repository without a work tree`, "run it in a checkout");
  }
  if (/not a git repository/i.test(stderr)) {
    return usageError(
      `--base compares with a revision of git, and ${folder} is in no repository`,
      "run it in a checkout",
    );
  }
  return failure(["rev-parse"], result);
}

function failure([command]: readonly string[], { exit_code, stderr }: GitResult): CliError {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return new CliError(`\`git ${command}\` ended with ${exit_code}: ${said}`, { exit_code: EXIT.internal });
}
