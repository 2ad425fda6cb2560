import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { CONFIG_FILE } from "../config/index.ts";
import { OpenDocument } from "./open-document.ts";
import { namesBelow, pathOf } from "./paths.ts";
import { Project } from "./project.ts";
import type { Surroundings } from "./surroundings.ts";

/** An open document, and the project that it belongs to. */
export interface Opened {
  readonly document: OpenDocument;
  readonly project: Project;
}

/** All that is open, and the projects that it belongs to. */
export class Workspace {
  readonly #surroundings: Surroundings;
  /** Absolute. */
  #folders: readonly string[] = [];
  readonly #documents = new Map<string, OpenDocument>();
  readonly #projects = new Map<string, Project>();
  readonly #roots = new Map<string, string>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get projects(): Iterable<Project> {
    return this.#projects.values();
  }

  setFolders(folders: readonly string[]): void {
    this.#folders = folders;
    this.#roots.clear();
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** Undefined for what is no file: it can't belong to a project. */
  open(document: TextDocument): Opened | undefined {
    const path = pathOf(document.uri);
    if (path === undefined) return undefined;
    this.#documents.set(document.uri, new OpenDocument(document, path));
    return this.get(document.uri);
  }

  close(uri: string): Opened | undefined {
    const opened = this.get(uri);
    this.#documents.delete(uri);
    return opened;
  }

  get(uri: string): Opened | undefined {
    const document = this.#documents.get(uri);
    return document === undefined ? undefined : { document, project: this.#projectOf(document.path) };
  }

  /** The same, when it is a pipeline. */
  pipeline(uri: string): Opened | undefined {
    const opened = this.get(uri);
    return opened?.project.isPipeline(opened.document) ? opened : undefined;
  }

  /** Whether findings of the document are ours to tell: it is a pipeline, or engine.yaml. */
  isChecked(document: OpenDocument): boolean {
    const project = this.#projectOf(document.path);
    return project.isConfig(document.path) || project.isPipeline(document);
  }

  /** The open documents of a project. */
  documentsOf(project: Project): readonly OpenDocument[] {
    return [...this.#documents.values()].filter(({ path }) => this.#projectOf(path) === project);
  }

  pipelinesOf(project: Project): readonly OpenDocument[] {
    return this.documentsOf(project).filter((document) => project.isPipeline(document));
  }

  isOpen(path: string): boolean {
    return this.#at(path) !== undefined;
  }

  /** Files came or went: which project a document belongs to is asked anew. */
  forgetRoots(): void {
    this.#roots.clear();
  }

  #at(path: string): OpenDocument | undefined {
    for (const document of this.#documents.values()) if (document.path === path) return document;
    return undefined;
  }

  #projectOf(path: string): Project {
    const root = this.#rootOf(dirname(path));
    let project = this.#projects.get(root);
    if (project === undefined) {
      project = new Project(root, this.#surroundings, (file) => this.#at(file)?.text);
      this.#projects.set(root, project);
    }
    return project;
  }

  /** The folder of the nearest engine.yaml upwards, else the workspace's folder, else the file's own. */
  #rootOf(folder: string): string {
    const known = this.#roots.get(folder);
    if (known !== undefined) return known;
    const root = this.#configFolder(folder) ?? this.#workspaceFolder(folder) ?? folder;
    this.#roots.set(folder, root);
    return root;
  }

  #configFolder(folder: string): string | undefined {
    for (let each = folder; ; each = dirname(each)) {
      const file = join(each, CONFIG_FILE);
      if (this.isOpen(file) || existsSync(file)) return each;
      if (dirname(each) === each) return undefined;
    }
  }

  #workspaceFolder(folder: string): string | undefined {
    const around = this.#folders.filter((each) => each === folder || namesBelow(each, folder) !== undefined);
    return around.sort((a, b) => b.length - a.length)[0];
  }
}
