import { rmSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createMasker } from "../../lib/index.ts";
import { outwardLinks } from "./links.ts";

/** The tip of a branch. */
export interface Head {
  readonly commit: string;
  /** Its name; absent when the repository does not say what its HEAD stands for. */
  readonly branch?: string;
}

/** A repository elsewhere. Each method rejects with a `GitProblem`, also when `signal` aborts. */
export interface GitRemote {
  /** The newest commit of the branch that is followed. */
  newest(signal: AbortSignal): Promise<Head>;
  /** Gets that commit, without what was before it. The result may be newer still. */
  fetch(head: Head, signal: AbortSignal): Promise<string>;
  /**
   * Writes the files of a commit that was fetched into a folder, which is made. The result: links among them that lead
   * out of that folder, by their paths in it.
   */
  checkOut(commit: string, folder: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** Why a repository could not be asked. The message holds no credentials. */
export class GitProblem extends Error {
  override readonly name = "GitProblem";
}

/** How a repository is entered; nothing for one that is open to all, or by what ssh has of its own. */
export interface GitCredentials {
  readonly username: string;
  readonly token?: string;
  /** A private key in PEM or in OpenSSH's form. */
  readonly ssh_key?: string;
}

export interface RemoteOptions {
  /** Without credentials. */
  readonly url: string;
  /** Absent: what the repository's HEAD stands for. */
  readonly branch?: string;
  /** Belongs to this repository alone; it exists, and nobody else may look into it. Absolute. */
  readonly folder: string;
  readonly timeout_ms: number;
  /** Asked each time. Rejects when they can't be had. */
  readonly credentials: () => Promise<GitCredentials>;
  /** Of this process: git has a few of its variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the newest commit stands in our own repository. */
const NEWEST = "refs/engine/newest";
/** What git prints at most, in bytes: the paths of a repository that nobody has. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
/** Characters of git's complaint that a message shows, from the end: the cause stands last. */
const COMPLAINT_LENGTH_MAX = 300;
/** Slower than so many bytes a second is stuck. */
const LOW_SPEED = 100;
/** How to get out, whom to trust, and who is there to sign: all that git takes over from our own environment. */
const INHERITED = /^(PATH|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)|GIT_SSL_CA(INFO|PATH)|(https?|all|no)_proxy)$/i;

/** A real repository, asked with git. What is fetched stands in a bare repository in `folder`. */
export function gitRemote(options: RemoteOptions): GitRemote {
  return new Remote(options);
}

class Remote implements GitRemote {
  readonly #options: RemoteOptions;
  readonly #repository: string;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#repository = join(options.folder, "repo");
  }

  async newest(signal: AbortSignal): Promise<Head> {
    const { url, branch } = this.#options;
    const ref = branch === undefined ? "HEAD" : `refs/heads/${branch}`;
    const printed = await this.#ask(["ls-remote", "--symref", "--", url, ref], signal);
    const lines = printed.split("\n").map((line) => line.split("\t"));
    const commit = lines.find(([what = "", name]) => name === ref && /^[0-9a-f]{40,64}$/.test(what))?.[0];
    if (commit === undefined) {
      throw new GitProblem(branch === undefined ? `${url} has no commit` : `${url} has no branch ${branch}`);
    }
    const symbolic = lines.find(([what = "", name]) => name === ref && what.startsWith("ref: refs/heads/"))?.[0];
    const name = branch ?? symbolic?.slice("ref: refs/heads/".length);
    return { commit, ...(name !== undefined && { branch: name }) };
  }

  async fetch({ commit, branch }: Head, signal: AbortSignal): Promise<string> {
    // It is there already, or made anew. Nothing of git's templates is wanted.
    const format = `--object-format=${commit.length === 64 ? "sha256" : "sha1"}`;
    await this.#git(["init", "--quiet", "--bare", "--template=", format, this.#repository], signal);
    const from = branch === undefined ? "HEAD" : `refs/heads/${branch}`;
    const flags = ["--quiet", "--depth=1", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules"];
    const args = ["fetch", ...flags, "--", this.#options.url, `+${from}:${NEWEST}`];
    return this.#orAnew(async () => {
      await this.#ask(args, signal);
      return (await this.#git(["rev-parse", "--verify", `${NEWEST}^{commit}`], signal)).trim();
    });
  }

  async checkOut(commit: string, folder: string, signal: AbortSignal): Promise<readonly string[]> {
    const index = join(this.#options.folder, "index");
    await rm(index, { force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const env = { GIT_DIR: this.#repository, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index };
    return this.#orAnew(async () => {
      await this.#git(["read-tree", commit], signal, { cwd: folder, env });
      await this.#git(["checkout-index", "--all", "--force", "--quiet"], signal, { cwd: folder, env });
      const listed = await this.#git(["ls-tree", "-r", "-z", "--full-tree", commit], signal);
      await rm(index, { force: true });
      // What nothing leads to any more goes; git decides whether it is worth the work.
      await this.#git(["-c", "gc.autoPackLimit=20", "gc", "--auto", "--quiet", "--prune=now"], signal);
      const links = listed.split("\0").filter((line) => line.startsWith("120000 "));
      return outwardLinks(
        folder,
        links.map((line) => line.slice(line.indexOf("\t") + 1)),
      );
    });
  }

  /** What is kept here is a copy: when it is of no use, the next try begins with none. A crash may have left locks in it. */
  async #orAnew<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await rm(this.#repository, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs git with what it takes to enter the repository elsewhere. */
  async #ask(args: readonly string[], signal: AbortSignal): Promise<string> {
    const { url, credentials, folder } = this.#options;
    const { username, token, ssh_key } = await credentials().catch((error: unknown) => {
      throw new GitProblem(error instanceof Error ? error.message : String(error), { cause: error });
    });
    const key = ssh_key === undefined ? undefined : join(folder, "ssh_key");
    const base = URL.canParse(url) ? new URL(url).origin : "";
    const env = {
      GIT_SSH_COMMAND: sshCommand(folder, key),
      ...(token !== undefined && { ENGINE_GIT_USERNAME: username, ENGINE_GIT_TOKEN: token }),
    };
    const config = token === undefined ? [] : [[`credential.${base}.helper`, HELPER] as const];
    const secrets = [token, ssh_key].filter((each) => each !== undefined);
    try {
      if (key !== undefined) {
        // A file that is there keeps its mode.
        rmSync(key, { force: true });
        writeFileSync(key, `${ssh_key?.trimEnd()}\n`, { mode: 0o600 });
      }
      const inside = args[0] === "fetch" ? { GIT_DIR: this.#repository } : {};
      return await this.#git(args, signal, { env: { ...env, ...inside }, config, secrets });
    } finally {
      if (key !== undefined) rmSync(key, { force: true });
    }
  }

  async #git(args: readonly string[], signal: AbortSignal, more: More = {}): Promise<string> {
    const { folder, timeout_ms, env } = this.#options;
    const { cwd = folder, config = [], secrets = [] } = more;
    if (signal.aborted) throw new GitProblem(String(signal.reason));
    const inherited = Object.entries(env).filter(([name]) => INHERITED.test(name));
    const settings = [...SETTINGS, ["http.lowSpeedTime", String(Math.ceil(timeout_ms / 1_000))], ...config];
    const { execa } = await import("execa");
    const child = execa("git", args, {
      cwd,
      env: {
        ...Object.fromEntries(inherited),
        // Nobody's settings count, and nobody is there to be asked.
        ...{ HOME: folder, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
        ...{ GIT_TERMINAL_PROMPT: "0", GIT_ALLOW_PROTOCOL: "https:http:ssh:git:file", GIT_NO_REPLACE_OBJECTS: "1" },
        // Nor does a repository count that the folder happens to stand in.
        GIT_CEILING_DIRECTORIES: dirname(folder),
        ...(args[0] === "init" || args[0] === "ls-remote" ? {} : { GIT_DIR: this.#repository }),
        ...more.env,
        ...inEnvironment(settings as readonly (readonly [string, string])[]),
      },
      extendEnv: false,
      stdin: "ignore",
      maxBuffer: OUTPUT_BYTES_MAX,
      stripFinalNewline: false,
      reject: false,
      // A group of its own: what git has started goes with it.
      detached: true,
    });
    const kill = (): void => killGroup(child.pid);
    signal.addEventListener("abort", kill, { once: true });
    const result = await child;
    signal.removeEventListener("abort", kill);
    if (signal.aborted) throw new GitProblem(String(signal.reason));
    if (!result.failed) return result.stdout;
    if (result.code === "ENOENT") throw new GitProblem("there is no program `git` here; install it");
    const text = createMasker(secrets).mask(result.stderr).replace(/\s+/g, " ").trim();
    const said = text.length > COMPLAINT_LENGTH_MAX ? `…${text.slice(-COMPLAINT_LENGTH_MAX)}` : text;
    const how = result.exitCode === undefined ? "could not be run" : `ended with exit code ${result.exitCode}`;
    throw new GitProblem(`\`git ${args.find((arg) => /^[a-z]/.test(arg)) ?? ""}\` ${how}: ${said}`);
  }
}

interface More {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: readonly (readonly [string, string])[];
  /** Are not shown in messages. */
  readonly secrets?: readonly string[];
}

/** Prints the credentials from its environment: so they stand neither in a file nor among anybody's arguments. */
const HELPER =
  '!f() { test "$1" = get && printf \'username=%s\\npassword=%s\\n\' "$ENGINE_GIT_USERNAME" "$ENGINE_GIT_TOKEN"; }; f';

/** Nothing that a repository brings is carried out. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.autocrlf", "false"],
  ["protocol.ext.allow", "never"],
  ["gc.autoDetach", "false"],
  ["maintenance.auto", "false"],
  ["credential.helper", ""],
  ["http.lowSpeedLimit", String(LOW_SPEED)],
];

/** Settings as git reads them from the environment. */
function inEnvironment(settings: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const each = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(each) };
}

/** Whom it meets for the first time ssh remembers; afterwards it must be the same. It asks nobody. */
function sshCommand(folder: string, key: string | undefined): string {
  const known = join(folder, "known_hosts").replaceAll("%", "%%");
  const options = [
    ...["BatchMode=yes", "StrictHostKeyChecking=accept-new", `UserKnownHostsFile="${known}" ~/.ssh/known_hosts`],
    ...(key === undefined ? [] : ["IdentitiesOnly=yes", `IdentityFile="${key.replaceAll("%", "%%")}"`]),
  ];
  return ["ssh", ...options.map((option) => `-o ${quoted(option)}`)].join(" ");
}

/** One word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It is gone already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
