import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** git as it is on no machine in particular: without anybody's configuration, at a fixed time. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? "",
  HOME: "/nowhere",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
};

/**
 * The same for a program under test: git is the only one that it finds, so that nothing else of this machine counts.
 * Its home is gone when the test ends.
 */
export function gitAlone(): Readonly<Record<string, string>> {
  const bin = temporaryFolder();
  symlinkSync(execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim(), join(bin, "git"));
  return { ...GIT_ENV, PATH: bin, HOME: temporaryFolder() };
}

/** A real repository of this test alone, on the branch `main`. */
export class GitRepository {
  readonly root: string;

  static init(options: { readonly root?: string; readonly args?: readonly string[] } = {}): GitRepository {
    const repository = new GitRepository(options.root ?? temporaryFolder());
    repository.git("init", "--quiet", "--initial-branch=main", ...(options.args ?? []));
    return repository;
  }

  constructor(root: string) {
    mkdirSync(root, { recursive: true });
    this.root = root;
  }

  /** Runs git in its root; the result is what it printed, without the last line break. */
  git(...args: readonly string[]): string {
    // Clones of folders and submodules in folders are made here alone.
    const flags = ["-c", "protocol.file.allow=always"];
    const printed = execFileSync("git", [...flags, ...args], {
      cwd: this.root,
      env: GIT_ENV,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return printed.trimEnd();
  }

  /** Writes files by their paths from the root. */
  write(files: Readonly<Record<string, string>>): this {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
    return this;
  }

  /** Commits all that stands there; the result is the commit. */
  commit(message = "work"): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** A clone of it, with the options given. */
  clone(...args: readonly string[]): GitRepository {
    const root = join(temporaryFolder(), "clone");
    this.git("clone", "--quiet", ...args, `file://${this.root}`, root);
    return new GitRepository(root);
  }
}
