import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { findFiles, isPipelineFile, isSkipped, nameFor } from "../catalog/index.ts";
import { CONFIG_FILE, type Config, type ConfigSources, loadConfig } from "../config/index.ts";
import {
  type CheckedFile,
  type CompileOptions,
  checkFile,
  checkTogether,
  type Diagnostic,
  type FileFindings,
  pipelineName,
} from "../language/index.ts";
import type { OpenDocument } from "./open-document.ts";
import { namesBelow } from "./paths.ts";
import type { Surroundings } from "./surroundings.ts";

/** Closed files that are compared with the open ones. Some kilobytes are kept of each. */
const FILES_MAX = 20_000;

/** Bytes of a closed file that is read. Larger ones are no pipelines. */
const BYTES_MAX = 2 * 1024 * 1024;

/** A line that binds a file to our schema, wherever that stands. */
const MODELINE = /^#\s*yaml-language-server:\s*\$schema=\S*\bpipeline(?:\.v\d+)?\.schema\.json\s*$/m;

type Summary = NonNullable<FileFindings["summary"]>;

interface ClosedFile {
  /** Tells whether the file has changed. */
  readonly stamp: string;
  readonly findings: FileFindings;
  /** Also of a file that can't be parsed, as far as it can be told. */
  readonly name: string;
}

/** What is known of one repository: its configuration, and the files of its folder that nobody has open. */
export class Project {
  readonly root: string;
  readonly #surroundings: Surroundings;
  readonly #textOf: NonNullable<ConfigSources["textOf"]>;
  #config: Config | undefined;
  #configFindings: readonly Diagnostic[] = [];
  #options: CompileOptions | undefined;
  #closed = new Map<string, ClosedFile>();
  #refreshing: Promise<void> | undefined;
  /** The folder of pipelines is there, and was looked through. */
  #isRead = false;

  /** `textOf`: the text of a file that is open. */
  constructor(root: string, surroundings: Surroundings, textOf: NonNullable<ConfigSources["textOf"]>) {
    this.root = root;
    this.#surroundings = surroundings;
    this.#textOf = textOf;
    this.loadConfig();
  }

  get config(): Config {
    if (this.#config === undefined) throw new Error("the configuration has defaults when it can't be read");
    return this.#config;
  }

  /** The same until `renew` or a change of the configuration. */
  get options(): CompileOptions {
    this.#options ??= this.#freshOptions();
    return this.#options;
  }

  /** What the options know of the files around may have changed: open documents are checked anew. */
  renew(): void {
    this.#options = undefined;
  }

  #freshOptions(): CompileOptions {
    return this.#surroundings.compileOptions(this.config, this.root);
  }

  /** What is wrong with the configuration, whichever of its sources it comes from. */
  get configFindings(): readonly Diagnostic[] {
    return [...this.#configFindings, ...this.#surroundings.pluginFindings(this.config)];
  }

  /** Reads the configuration anew; true when it has changed. While engine.yaml is wrong, what it said last still holds. */
  loadConfig(): boolean {
    const { env, flags } = this.#surroundings;
    const sources = { cwd: this.root, env, flags };
    const { config, diagnostics } = loadConfig({ ...sources, textOf: this.#textOf });
    this.#configFindings = diagnostics;
    const settled =
      config ?? this.#config ?? loadConfig({ cwd: this.root, env: {}, flags: {}, textOf: () => "" }).config;
    if (JSON.stringify(settled) === JSON.stringify(this.#config)) return false;
    this.#config = settled;
    this.#options = undefined;
    this.#closed.clear();
    this.#isRead = false;
    return true;
  }

  /** As findings call a file. */
  nameOf(path: string): string {
    return nameFor(path, this.root);
  }

  /** Where a file is that findings name. */
  pathOf(name: string): string {
    return resolve(this.root, name);
  }

  /** Whether the file is engine.yaml of this project. */
  isConfig(path: string): boolean {
    return this.nameOf(path) === CONFIG_FILE;
  }

  /** Whether the folder of pipelines holds the file. */
  holds(path: string): boolean {
    const names = namesBelow(this.config.pipelines, path);
    if (names === undefined || !isPipelineFile(basename(path))) return false;
    return !names.some((name) => name.startsWith(".") || isSkipped(name));
  }

  /** Whether an open document is a pipeline: by its place, or by its modeline. */
  isPipeline(document: OpenDocument): boolean {
    if (this.isConfig(document.path)) return false;
    return this.holds(document.path) || MODELINE.test(document.text);
  }

  checked(document: OpenDocument): CheckedFile {
    return document.checked(this.nameOf(document.path), this.options);
  }

  /** The findings of open pipelines, also against the other files of the folder; by their file. */
  findingsOf(documents: readonly OpenDocument[]): ReadonlyMap<string, readonly Diagnostic[]> {
    const open = new Set(documents.map(({ path }) => path));
    const [inside, outside] = [
      documents.filter(({ path }) => this.holds(path)),
      documents.filter(({ path }) => !this.holds(path)),
    ];
    const closed = [...this.#closed].flatMap(([path, { findings }]) =>
      open.has(path) ? [] : [[path, findings] as const],
    );
    // In the order of the command line: of two files with one name it is the second that is wrong.
    const together = [...inside.map((each) => [each.path, this.checked(each)] as const), ...closed]
      .sort(([a], [b]) => (this.nameOf(a) < this.nameOf(b) ? -1 : 1))
      .map(([, findings]) => findings);
    const groups = [together, ...outside.map((each) => [this.checked(each)])];
    // A suppression may hold until a day, and the server lives longer.
    const options = { ...this.#freshOptions(), pipelineNames: () => this.#names(inside) };
    const found = groups.flatMap((group) => checkTogether(group, options).diagnostics);
    return Map.groupBy([...this.configFindings, ...found], ({ file }) => file);
  }

  /** The names of all pipelines in the folder; undefined until it has been looked through, and when there is none. */
  #names(inside: readonly OpenDocument[]): ReadonlySet<string> | undefined {
    if (!this.#isRead) return undefined;
    const open = inside.map((document) => {
      const { path, text } = document;
      return this.checked(document).summary?.name ?? pipelineName({ path: this.nameOf(path), text });
    });
    const paths = new Set(inside.map(({ path }) => path));
    const closed = [...this.#closed].flatMap(([path, { name }]) => (paths.has(path) ? [] : [name]));
    return new Set([...open, ...closed]);
  }

  /** What others may know of the pipelines in the folder, by their path. */
  summaries(documents: readonly OpenDocument[]): ReadonlyMap<string, Summary> {
    const found = new Map<string, Summary>();
    for (const [path, { findings }] of this.#closed) {
      if (findings.summary !== undefined) found.set(path, findings.summary);
    }
    for (const document of documents) {
      found.delete(document.path);
      const summary = document.canAnswer(this.options) ? this.checked(document).summary : undefined;
      if (summary !== undefined) found.set(document.path, summary);
    }
    return found;
  }

  /** Looks through the folder for files that came, changed or went. Lets others work between two files. */
  refresh(isOpen: (path: string) => boolean): Promise<void> {
    const next = (this.#refreshing ?? Promise.resolve()).then(() => this.#refresh(isOpen));
    this.#refreshing = next;
    return next;
  }

  async #refresh(isOpen: (path: string) => boolean): Promise<void> {
    const { config, options } = this;
    const before = this.#closed;
    const after = new Map<string, ClosedFile>();
    for (const path of findFiles(this.config.pipelines).files.slice(0, FILES_MAX)) {
      if (isOpen(path)) continue;
      const stamp = stampOf(path);
      const known = before.get(path);
      if (stamp === undefined) continue;
      if (known?.stamp === stamp) after.set(path, known);
      else {
        const read = this.#read(path, options);
        if (read !== undefined) after.set(path, { stamp, ...read });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    // Otherwise the configuration has changed on the way, and another look follows.
    if (config !== this.#config) return;
    this.#closed = after;
    this.#isRead = existsSync(config.pipelines);
  }

  #read(path: string, options: CompileOptions): Pick<ClosedFile, "findings" | "name"> | undefined {
    try {
      const file = { path: this.nameOf(path), bytes: readFileSync(path) };
      const { source: _, ...findings } = checkFile(file, options);
      return { findings, name: findings.summary?.name ?? pipelineName(file) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return undefined;
    }
  }
}

/** Undefined for what can't be a pipeline, or can't be looked at. */
function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (found === undefined || !found.isFile() || found.size > BYTES_MAX) return undefined;
  return `${found.mtimeNs} ${found.size} ${found.ino}`;
}
