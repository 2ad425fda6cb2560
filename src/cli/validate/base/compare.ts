import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { findFiles, nameFor, type Source } from "../../../catalog/index.ts";
import { CONFIG_FILE, type Config, loadConfig } from "../../../config/index.ts";
import { compareFiles, type Diagnostic } from "../../../language/index.ts";
import { loadOperators } from "../../load.ts";
import type { Cli } from "../../terminal.ts";
import { Repository } from "./git.ts";
import { findRevision, type Revision } from "./revision.ts";
import { type BaseFile, isFound, isSameContent, listBaseFiles, readObjects } from "./snapshot.ts";

/** What to compare with what. */
export interface BaseRequest {
  /** As `--base` gives it. */
  readonly revision: string;
  /** What was checked. */
  readonly sources: readonly Source[];
  /** Whether that is the whole folder of pipelines: then the folder of the earlier revision counts. */
  readonly complete: boolean;
}

export interface BaseFindings {
  readonly diagnostics: readonly Diagnostic[];
  /** The earlier text of a file that is gone. */
  readonly sourceOf: (file: string) => string | undefined;
}

/** Files larger than this, in bytes, are no pipelines. */
const SIZE_MAX = 1024 * 1024;

/**
 * Compares pipelines, as they stand in the work tree, with those at a revision of git. Throws a usage error when there
 * is no repository or no such revision. Writes nothing.
 */
export async function compareWithBase(cli: Cli, config: Config, request: BaseRequest): Promise<BaseFindings> {
  const repository = await Repository.of(folderOf(cli, request), cli.env);
  const revision = await findRevision(repository, request.revision);
  return new BaseComparison(cli, config, request, repository, revision).findings();
}

/** The folder whose repository is meant. */
function folderOf({ cwd }: Cli, { sources: [first] }: BaseRequest): string {
  const path = first === undefined || typeof first !== "string" ? cwd : first;
  return realpathSync(isFolder(path) ? path : dirname(path));
}

/** A file of the work tree. */
interface TreeFile {
  /** As diagnostics name it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it was asked for: others are only looked at because a pipeline may have gone there. */
  readonly selected: boolean;
}

class BaseComparison {
  readonly #cli: Cli;
  readonly #config: Config;
  readonly #request: BaseRequest;
  readonly #repository: Repository;
  readonly #revision: Revision;
  /** By their paths from the repository's root. */
  readonly #tree = new Map<string, TreeFile>();
  readonly #outside: string[] = [];

  constructor(cli: Cli, config: Config, request: BaseRequest, repository: Repository, revision: Revision) {
    this.#cli = cli;
    this.#config = config;
    this.#request = request;
    this.#repository = repository;
    this.#revision = revision;
  }

  async findings(): Promise<BaseFindings> {
    this.#readTree();
    const base = await this.#listBase();
    this.#note(base);
    const changed = [...base.values()].filter((file) => {
      const now = this.#tree.get(file.path);
      return file.size <= SIZE_MAX && (now === undefined || !isSameContent(now.bytes, file));
    });
    const differing = new Set(changed.map(({ path }) => path));
    const contents = await readObjects(
      this.#repository,
      changed.map(({ object }) => object),
    );
    const nameOf = (path: string): string =>
      this.#tree.get(path)?.name ?? nameFor(join(this.#repository.top, path), realpathSync(this.#cli.cwd));
    const before = changed.map(({ path, object }) => ({
      path: nameOf(path),
      bytes: contents.get(object) ?? new Uint8Array(),
    }));
    const after = [...this.#tree].flatMap(([path, { name, bytes }]) =>
      base.has(path) && !differing.has(path) ? [] : [{ path: name, bytes }],
    );
    const comparison = { before, after, revision: this.#revision.name, now_ms: this.#cli.now() };
    const { operators } = loadOperators(this.#config);
    const found = await compareFiles(comparison, { operators });
    const asked = this.#asked(changed.map(({ path }) => ({ path, name: nameOf(path) })));
    const texts = new Map(before.map(({ path, bytes }) => [path, bytes]));
    return {
      diagnostics: found.filter(({ file }) => asked.has(file)),
      sourceOf: (file) => (texts.has(file) ? new TextDecoder().decode(texts.get(file)) : undefined),
    };
  }

  /** Reads what was checked, and the folder of pipelines around it: what has gone from the one may be in the other. */
  #readTree(): void {
    for (const source of this.#request.sources) {
      if (typeof source !== "string") this.#add(resolve(this.#cli.cwd, source.path), true, source.bytes);
      else for (const path of filesAt(source)) this.#add(path, true);
    }
    if (!this.#request.complete) for (const path of filesAt(this.#config.pipelines)) this.#add(path, false);
  }

  #add(path: string, selected: boolean, given?: Uint8Array): void {
    const key = this.#keyOf(path);
    if (key === undefined) {
      if (selected) this.#outside.push(nameFor(path, this.#cli.cwd));
      return;
    }
    const bytes = given ?? readFile(path);
    if (bytes === undefined || this.#tree.has(key)) return;
    this.#tree.set(key, { name: nameFor(path, this.#cli.cwd), bytes, selected });
  }

  /** From the repository's root; undefined outside. */
  #keyOf(path: string): string | undefined {
    const inside = relative(this.#repository.top, realPath(path)).split(sep).join("/");
    return inside === ".." || inside.startsWith("../") || inside.startsWith("/") ? undefined : inside;
  }

  /** The pipelines that were there: in the folder of that time, and at and below what is asked for now. */
  async #listBase(): Promise<ReadonlyMap<string, BaseFile>> {
    const { sources, complete } = this.#request;
    const asked = sources.flatMap((source) => {
      const path = typeof source === "string" ? source : resolve(this.#cli.cwd, source.path);
      return this.#keyOf(path) ?? [];
    });
    const folder = this.#keyOf(await this.#baseFolder());
    const folders = [...new Set([...(folder === undefined ? [] : [folder]), ...(complete ? [] : asked)])];
    // Links lead to places that are not below.
    const linked = [...this.#tree.keys()].filter((path) => !folders.some((each) => isIn(path, each)));
    const listed = await listBaseFiles(this.#repository, this.#revision.commit, [...folders, ...linked]);
    return new Map([...listed].filter(([path]) => this.#tree.has(path) || folders.some((each) => isIn(path, each))));
  }

  /** Where pipelines stood then, by the engine.yaml of that time. */
  async #baseFolder(): Promise<string> {
    const { root, pipelines } = this.#config;
    const path = join(root, CONFIG_FILE);
    const key = this.#keyOf(path);
    if (key === undefined) return pipelines;
    const { commit } = this.#revision;
    const object = (await listBaseFiles(this.#repository, commit, [key])).get(key)?.object;
    const bytes = object === undefined ? undefined : (await readObjects(this.#repository, [object])).get(object);
    const text = new TextDecoder().decode(bytes);
    const { cwd, env, flags } = this.#cli;
    const then = loadConfig({ cwd, env, flags, textOf: (file) => (file === path ? text : undefined) });
    return then.config?.pipelines ?? pipelines;
  }

  /** Files whose findings were asked for, as diagnostics name them. */
  #asked(gone: readonly { readonly path: string; readonly name: string }[]): ReadonlySet<string> {
    const { sources, complete } = this.#request;
    const places = sources.flatMap((source) => (typeof source === "string" ? (this.#keyOf(source) ?? []) : []));
    const selected = [...this.#tree.values()].filter(({ selected: own }) => own).map(({ name }) => name);
    const missed = gone
      .filter(({ path }) => !this.#tree.has(path) && (complete || places.some((place) => isIn(path, place))))
      .map(({ name }) => name);
    return new Set([...selected, ...missed]);
  }

  /** Says what was not compared: silence would look like "nothing has changed". */
  #note(base: ReadonlyMap<string, BaseFile>): void {
    const { name } = this.#revision;
    const [first] = this.#outside;
    if (first !== undefined) {
      const more = this.#outside.length > 1 ? ` and ${this.#outside.length - 1} more` : "";
      this.#cli.err.line(`not compared with ${name}, as it stands outside of the repository: ${first}${more}`);
    }
    if (base.size === 0 && this.#tree.size > 0) {
      this.#cli.err.line(`nothing to compare with: ${name} has no pipelines where they are looked for`);
    }
  }
}

/** A file as a folder that holds it finds it. */
function isIn(path: string, folder: string): boolean {
  if (path === folder) return true;
  if (folder !== "" && !path.startsWith(`${folder}/`)) return false;
  return isFound(folder === "" ? path : path.slice(folder.length + 1));
}

function filesAt(path: string): readonly string[] {
  return isFolder(path) ? findFiles(path).files : [path];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Undefined when it can't be read, which is reported elsewhere, or comes out of a pipe, which it does once. */
function readFile(path: string): Uint8Array | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Without links, as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}
