import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { secretFiles } from "../config/index.ts";
import { oneLineLess, type SecretReading } from "./secret-reading.ts";

/** A secret is a password, a token or a key; what is larger is something else. */
const BYTES_MAX = 64 * 1024;

/**
 * Where container runtimes put secrets, readable for all (0444 with docker, 0644 with Kubernetes): the container is what
 * keeps others out.
 */
const OF_CONTAINERS: readonly string[] = ["/run/secrets", "/var/run/secrets"];

/** Anybody but the owner may read or write. */
const OTHERS = 0o077;

/** Anybody but the owner may go into a folder. */
const OTHERS_ENTER = 0o011;

interface KnownFile {
  /** Tells whether the file has changed. */
  readonly stamp: string;
  readonly reading: SecretReading;
}

/** The secrets in a folder, one file each; a file that changes, or a link that turns elsewhere, is read anew. */
export class SecretFiles {
  readonly #folder: string;
  readonly #ofContainers: readonly string[];
  #known = new Map<string, KnownFile>();

  constructor(folder: string, ofContainers = OF_CONTAINERS) {
    this.#folder = folder;
    this.#ofContainers = ofContainers;
  }

  /** Looks at the folder; true when something has changed. */
  look(): boolean {
    const before = this.#known;
    this.#known = new Map(secretFiles(this.#folder).map((name) => [name, this.#lookAt(name, before.get(name))]));
    return before.size !== this.#known.size || [...this.#known].some(([name, file]) => before.get(name) !== file);
  }

  readings(): ReadonlyMap<string, SecretReading> {
    return new Map([...this.#known].map(([name, { reading }]) => [name, reading]));
  }

  /** Why there may be none at all. */
  folderProblem(): string | undefined {
    try {
      const isFolder = statSync(this.#folder).isDirectory();
      return isFolder ? undefined : `${this.#folder}, which \`secrets.files\` names in engine.yaml, is no folder`;
    } catch (error) {
      return `${this.#folder}, which \`secrets.files\` names in engine.yaml, can't be read: ${why(error)}`;
    }
  }

  #lookAt(name: string, known: KnownFile | undefined): KnownFile {
    const path = join(this.#folder, name);
    try {
      const { ino, size, mode, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
      const stamp = `${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}`;
      return known?.stamp === stamp ? known : { stamp, reading: this.#read(path) };
    } catch (error) {
      // The next look tries again.
      const stamp = `${why(error)}`;
      return known?.stamp === stamp ? known : { stamp, reading: { ok: false, problem: `${path}: ${why(error)}` } };
    }
  }

  #read(path: string): SecretReading {
    // A pipe nobody writes to must not keep the engine.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return { ok: false, problem: `${path} is no file` };
      if (stat.size > BYTES_MAX) return { ok: false, problem: `${path} is larger than ${BYTES_MAX / 1024} KiB` };
      const open = (stat.mode & OTHERS) !== 0 && !this.#isKeptFromOthers(realpathSync(path));
      if (open) return { ok: false, problem: openToOthers(path, stat.mode) };
      return oneLineLess(readFileSync(file), path);
    } finally {
      closeSync(file);
    }
  }

  /** Whether a file that says nothing of it is out of others' reach by its place. */
  #isKeptFromOthers(path: string): boolean {
    const folder = realpathSync(this.#folder);
    if (this.#ofContainers.some((trusted) => isWithin(path, trusted) || isWithin(folder, trusted))) return true;
    return isClosed(dirname(path)) || (isWithin(path, folder) && isClosed(folder));
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function isClosed(folder: string): boolean {
  return (statSync(folder).mode & OTHERS_ENTER) === 0;
}

function openToOthers(path: string, mode: number): string {
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  return `${path} is open to other users of this machine (its mode is ${octal}): \`chmod 600 ${path}\`, or close its folder with \`chmod 700 ${dirname(path)}\``;
}

function why(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { ENOENT: "there is none", EACCES: "access is denied", ELOOP: "its links lead in a circle" }[code] ?? code;
}
