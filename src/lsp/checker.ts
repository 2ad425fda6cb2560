import type { Diagnostic as Shown } from "vscode-languageserver/node";
import type { Diagnostic } from "../language/index.ts";
import { closedRange, type ShowOptions, showDiagnostic, shownRange } from "./diagnostics.ts";
import type { OpenDocument } from "./open-document.ts";
import { uriOf } from "./paths.ts";
import type { Project } from "./project.ts";
import type { Opened, Workspace } from "./workspace.ts";

/** The pause after a key stroke before a text is checked: longer than between two of them, too short to wait for. */
const PAUSE_MS = 150;

/** What is added to the pause for each of these characters: a large text takes about as long to check as it takes to pause. */
const CHARACTERS_PER_MS = 1024;

export interface CheckerOptions {
  readonly docsUrl: (code: string) => string;
  readonly related: () => boolean;
  readonly publish: (uri: string, version: number | undefined, diagnostics: Shown[]) => void;
  readonly warn: (message: string) => void;
  /** A bug of ours; the server goes on. */
  readonly failed: (error: unknown) => void;
}

/** What was told the client of a document. */
interface Told {
  readonly version: number;
  readonly text: string;
  readonly findings: readonly Diagnostic[];
}

/** Decides when what is checked, and tells the client what has changed. */
export class Checker {
  readonly #workspace: Workspace;
  readonly #options: CheckerOptions;
  readonly #timers = new Map<Project, NodeJS.Timeout>();
  readonly #told = new Map<string, Told>();
  readonly #seen = new WeakSet<Project>();
  #looking = false;
  #lookAgain = false;
  #stopped = false;

  constructor(workspace: Workspace, options: CheckerOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** What the client was told of a document last. */
  shown(uri: string): readonly Diagnostic[] {
    return this.#told.get(uri)?.findings ?? [];
  }

  opened({ document, project }: Opened): void {
    if (project.isConfig(document.path)) this.#workspace.forgetRoots();
    this.#checkSoon(project, 0);
    if (!this.#seen.has(project)) this.lookAround();
  }

  changed(uri: string): void {
    const opened = this.#workspace.get(uri);
    if (opened === undefined) return;
    const { document, project } = opened;
    const isNew = !this.#told.has(uri);
    if (isNew && !this.#workspace.isChecked(document)) return;
    this.#checkSoon(project, isNew ? 0 : PAUSE_MS + document.length / CHARACTERS_PER_MS);
  }

  closed({ document, project }: Opened): void {
    if (this.#told.delete(document.uri)) this.#options.publish(document.uri, undefined, []);
    if (project.isConfig(document.path)) this.#workspace.forgetRoots();
    this.lookAround();
  }

  /** Files around may have changed: reads them anew, and checks all that is open. */
  lookAround(): void {
    if (this.#looking) this.#lookAgain = true;
    else {
      this.#looking = true;
      this.#lookAround()
        .catch(this.#options.failed)
        .finally(() => {
          this.#looking = false;
          if (!this.#lookAgain || this.#stopped) return;
          this.#lookAgain = false;
          this.lookAround();
        });
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  showOptions(project: Project): ShowOptions {
    const { docsUrl, related } = this.#options;
    const documents = this.#workspace.documentsOf(project);
    return {
      docsUrl,
      related: related(),
      locate: (file, range) => {
        const document = documents.find(({ path }) => project.nameOf(path) === file);
        if (document !== undefined) return { uri: document.uri, range: shownRange(range, document) };
        return { uri: uriOf(project.pathOf(file)), range: closedRange(range) };
      },
    };
  }

  async #lookAround(): Promise<void> {
    this.#workspace.forgetRoots();
    for (const project of [...this.#workspace.projects]) {
      if (this.#stopped) return;
      if (!this.#seen.has(project)) this.#warn(project);
      this.#seen.add(project);
      project.loadConfig();
      project.renew();
      await project.refresh((path) => this.#workspace.isOpen(path));
      this.#checkSoon(project, 0);
    }
  }

  /** What a variable or a flag says stands in no file that could show it. */
  #warn(project: Project): void {
    for (const { file, message } of project.configFindings) {
      if (/^(?:ENGINE_|--)/.test(file)) this.#options.warn(message);
    }
  }

  #checkSoon(project: Project, pause_ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timers.get(project));
    const timer = setTimeout(() => {
      this.#timers.delete(project);
      try {
        this.#check(project);
      } catch (error) {
        this.#options.failed(error);
      }
    }, pause_ms);
    this.#timers.set(project, timer);
  }

  #check(project: Project): void {
    // What engine.yaml says of the folder has changed while it is being written.
    if (project.loadConfig()) this.lookAround();
    const documents = this.#workspace.documentsOf(project);
    const findings = project.findingsOf(documents.filter((document) => project.isPipeline(document)));
    const show = this.showOptions(project);
    for (const document of documents) this.#tell(document, findings.get(project.nameOf(document.path)) ?? [], show);
  }

  #tell(document: OpenDocument, findings: readonly Diagnostic[], show: ShowOptions): void {
    const { uri, version } = document;
    const shown = findings.map((each) => showDiagnostic(each, document, show));
    const text = JSON.stringify(shown);
    const told = this.#told.get(uri);
    // A file without findings that never had any is left alone.
    if (told === undefined && shown.length === 0 && !this.#workspace.isChecked(document)) return;
    this.#told.set(uri, { version, text, findings });
    if (told?.text !== text || told.version !== version) this.#options.publish(uri, version, shown);
  }
}
