import { statSync } from "node:fs";
import type { CheckedFile, Diagnostic, Pipeline } from "../language/index.ts";
import { checkFile, joinFiles, sortDiagnostics } from "../language/index.ts";
import { Listeners } from "../lib/index.ts";
import type { CatalogOptions } from "./catalog.ts";
import { type ListedFile, listFiles, readListed } from "./list.ts";
import { type Answer, heldStill, optionsKey, stillHolds, witnessOf } from "./options-key.ts";
import { unreadable } from "./unreadable.ts";

/** Which pipelines are live, and what is wrong in their folder. */
export interface CatalogState {
  /** By name. Of a file that has errors now, its last version without. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** Of the folder as it stands, sorted, without those that are suppressed. */
  readonly diagnostics: readonly Diagnostic[];
  /** Files with errors, and the pipeline that stays live in their place; undefined where there was none. */
  readonly broken: ReadonlyMap<string, string | undefined>;
}

/** Pipelines that follow their folder. */
export interface LiveCatalog {
  current(): CatalogState;
  /** Calls the listener with each state that differs from the one before. Returns how to stop. */
  onChange(listener: (state: CatalogState) => void): () => void;
  /** Looks at the folder now. */
  look(): CatalogState;
  close(): Promise<void>;
}

/** A way to learn that something below a folder may have changed. */
export interface Watch {
  close(): Promise<void>;
}

export interface LiveOptions {
  /** The folder of pipelines. Absolute; it need not be there. */
  readonly folder: string;
  /** Asked at each look: findings depend on the time. */
  readonly compileOptions: () => CatalogOptions;
  /** Calls `changed` whenever something below the folder may have changed: rather too often than too seldom. */
  readonly watch: (folder: string, changed: () => void) => Watch;
  /** Calls back once, later; returns how to call it off. */
  readonly after: (delay_ms: number, call: () => void) => () => void;
  readonly onTrouble: (message: string, cause: unknown) => void;
  /** What was live before this process: it stays so where its file has errors now. */
  readonly before?: readonly { readonly file: string; readonly source: string }[];
  /** Carries a look at the folder out, and may measure it. */
  readonly measure?: (look: () => void) => void;
}

/** Changes that come together are one: an editor writes, renames and deletes to save. In milliseconds. */
const SETTLE_MS = 40;
/** So often that is waited for: who checks out a branch writes for longer, and a save is to be live soon. */
const SETTLES_MAX = 4;
/** A look at the folder whether or not anything was told: file systems lose events, and some have none. */
const LOOK_MS = 30_000;
/** Whether it is still the same folder is looked at so often: a link on the way to it that is pointed elsewhere tells nobody. */
const GLANCE_MS = 1_000;

/** Loads the pipelines of a folder and follows it until it is closed. */
export function watchCatalog(options: LiveOptions): LiveCatalog {
  return new FolderCatalog(options);
}

interface Known {
  /** What tells one content of the file from another without reading it. */
  readonly mark: string;
  readonly checked: CheckedFile;
  /** What the findings rest on beside the file. */
  readonly answers: readonly Answer[];
}

class FolderCatalog implements LiveCatalog {
  readonly #options: LiveOptions;
  readonly #listeners: Listeners<CatalogState>;
  readonly #known = new Map<string, Known>();
  /** Of the options that the known files were checked with. */
  #key = "";
  #state: CatalogState = { pipelines: new Map(), diagnostics: [], broken: new Map() };
  #watch: Watch | undefined;
  /** Which folder is watched; undefined while there is none. */
  #watched: string | undefined;
  #glancing: (() => void) | undefined;
  #settling: (() => void) | undefined;
  /** Something has changed since it began to settle. */
  #unsettled = false;
  #looking: (() => void) | undefined;
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.onTrouble);
    if (options.before !== undefined) this.#state = this.#remembered(options.before);
    this.look();
    this.#glanceLater();
  }

  #remembered(before: NonNullable<LiveOptions["before"]>): CatalogState {
    const options = this.#options.compileOptions();
    const files = before.map(({ file, source }) => checkFile({ path: file, bytes: Buffer.from(source) }, options));
    const { pipelines } = joinFiles(files, options);
    const byName = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]));
    return { pipelines: byName, diagnostics: [], broken: new Map() };
  }

  current(): CatalogState {
    return this.#state;
  }

  onChange(listener: (state: CatalogState) => void): () => void {
    return this.#listeners.add(listener);
  }

  look(): CatalogState {
    this.#settling?.();
    this.#settling = undefined;
    this.#looking?.();
    this.#looking = undefined;
    if (this.#closed) return this.#state;
    this.#looking = this.#options.after(LOOK_MS, () => this.look());
    try {
      // Before the folder is read: what changes after that is told.
      this.#follow();
      const look = (): void => this.#take(this.#read());
      if (this.#options.measure === undefined) look();
      else this.#options.measure(look);
    } catch (error) {
      this.#options.onTrouble(`${this.#options.folder} could not be looked at; what was live stays live`, error);
    }
    return this.#state;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settling?.();
    this.#looking?.();
    this.#glancing?.();
    await this.#watch?.close();
  }

  /** Watches the folder; anew when another one has taken its place. */
  #follow(): void {
    const { folder, watch } = this.#options;
    const found = identityOf(folder);
    if (found === this.#watched) return;
    void this.#watch?.close();
    this.#watch = found === undefined ? undefined : watch(folder, () => this.#changed());
    this.#watched = found;
  }

  #glanceLater(): void {
    this.#glancing = this.#options.after(GLANCE_MS, () => {
      this.#glanceLater();
      if (this.#isAnother()) this.look();
    });
  }

  #isAnother(): boolean {
    try {
      return identityOf(this.#options.folder) !== this.#watched;
    } catch {
      // The next look tells of it.
      return false;
    }
  }

  #changed(): void {
    if (this.#closed) return;
    this.#unsettled = true;
    if (this.#settling === undefined) this.#settle(SETTLES_MAX);
  }

  /** Looks once nothing has changed for a while; and after so many whiles whatever changes. */
  #settle(whiles: number): void {
    this.#unsettled = false;
    this.#settling = this.#options.after(SETTLE_MS, () => {
      this.#settling = undefined;
      if (this.#unsettled && whiles > 1) this.#settle(whiles - 1);
      else this.look();
    });
  }

  #read(): CatalogState {
    const given = this.#options.compileOptions();
    const options = { ...given, ...heldStill(given) };
    const key = optionsKey(options);
    if (key !== this.#key) this.#known.clear();
    this.#key = key;
    const { files, problems } = listFiles([this.#options.folder], options.cwd);
    const closed = new Map(problems);
    const checked: CheckedFile[] = [];
    const seen = new Set<string>();
    for (const file of files) {
      const one = this.#check(file, options);
      if (one === "gone") continue;
      seen.add(file.name);
      if ("reason" in one) closed.set(file.name, unreadable(file.name, "file", one.reason));
      else checked.push(one);
    }
    for (const name of this.#known.keys()) if (!seen.has(name)) this.#known.delete(name);
    const { pipelines, diagnostics } = joinFiles(this.#liveFirst(checked), options);
    const all = sortDiagnostics([...diagnostics, ...closed.values()]);
    return this.#stateOf(pipelines, all, seen, [...closed.keys()]);
  }

  #check(file: ListedFile, options: CatalogOptions): CheckedFile | { readonly reason: string } | "gone" {
    const mark = markOf(file);
    const known = this.#known.get(file.name);
    if (mark !== undefined && known?.mark === mark && stillHolds(known.answers, options)) return known.checked;
    const content = readListed(file);
    if (content === "gone" || "reason" in content) return content;
    const witness = witnessOf(options);
    const checked = checkFile({ path: file.name, bytes: content.bytes }, witness.options);
    const answers = witness.answers();
    if (mark !== undefined && answers !== undefined) this.#known.set(file.name, { mark, checked, answers });
    else this.#known.delete(file.name);
    return checked;
  }

  /** Of two files that claim a name the first has it: so the one whose pipeline is live comes first. */
  #liveFirst(checked: readonly CheckedFile[]): readonly CheckedFile[] {
    const isLive = ({ summary }: CheckedFile): boolean =>
      summary !== undefined && this.#state.pipelines.get(summary.name)?.file === summary.file;
    return [...checked.filter(isLive), ...checked.filter((one) => !isLive(one))];
  }

  /** What was live stays so where its file is still there and has errors, or where nobody can see whether it is. */
  #stateOf(
    sound: readonly Pipeline[],
    diagnostics: readonly Diagnostic[],
    seen: ReadonlySet<string>,
    closed: readonly string[],
  ): CatalogState {
    const pipelines = new Map(sound.map((pipeline) => [pipeline.name, pipeline]));
    const soundFiles = new Set(sound.map(({ file }) => file));
    const before = new Map([...this.#state.pipelines.values()].map((pipeline) => [pipeline.file, pipeline]));
    const folderIsThere = statSync(this.#options.folder, { throwIfNoEntry: false }) !== undefined;
    const isHidden = (file: string): boolean => closed.some((path) => isAtOrBelow(file, path));
    const withErrors = new Set<string>(closed);
    for (const { file, severity } of diagnostics) {
      if (severity === "error" && !soundFiles.has(file)) withErrors.add(file);
    }
    for (const [file, pipeline] of before) {
      const stays = !folderIsThere || isHidden(file) || (withErrors.has(file) && seen.has(file));
      if (!stays || pipelines.has(pipeline.name)) continue;
      pipelines.set(pipeline.name, pipeline);
      withErrors.add(file);
    }
    const names = new Map([...pipelines.values()].map(({ file, name }) => [file, name]));
    return { pipelines, diagnostics, broken: new Map([...withErrors].map((file) => [file, names.get(file)])) };
  }

  #take(state: CatalogState): void {
    const isSame = fingerprint(state) === fingerprint(this.#state);
    this.#state = state;
    if (isSame) return;
    this.#listeners.tell(state);
  }
}

/** Another one for each folder that may be at this path; undefined where there is none. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false, bigint: true });
  // The number of one that is gone may be given to the next.
  return found && `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}

/** Both as diagnostics name them. */
function isAtOrBelow(file: string, path: string): boolean {
  return file === path || (path === "." && !file.startsWith("../")) || file.startsWith(`${path}/`);
}

/** Undefined where the file can't be asked. */
function markOf({ path }: ListedFile): string | undefined {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false, bigint: true });
  // A file that was written within the same tick of the clock has another content and the same time: its size and
  // number may tell, and the next look does.
  return found && `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

function fingerprint({ pipelines, diagnostics, broken }: CatalogState): string {
  const versions = [...pipelines.values()].map(({ name, file, version }) => [name, file, version]).sort();
  return JSON.stringify([versions, diagnostics, [...broken].sort()]);
}
