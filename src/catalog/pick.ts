import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic, Pipeline } from "../language/index.ts";
import { suggest } from "../lib/index.ts";
import { type Catalog, type CatalogOptions, loadCatalog } from "./catalog.ts";
import { isPipelineFile } from "./find.ts";
import { nameFor } from "./list.ts";

/** What became of looking for one pipeline. */
export type Picked =
  /** `diagnostics`: its warnings. */
  | {
      readonly found: "pipeline";
      readonly pipeline: Pipeline;
      readonly diagnostics: readonly Diagnostic[];
      readonly catalog: Catalog;
    }
  /** It is there, with errors. */
  | {
      readonly found: "errors";
      readonly file: string;
      readonly diagnostics: readonly Diagnostic[];
      readonly catalog: Catalog;
    }
  /** There is no such pipeline, or more than one. */
  | { readonly found: "none"; readonly message: string; readonly hint: string };

export interface PickOptions extends CatalogOptions {
  /** The folder in which names are looked up. Absolute. */
  readonly pipelines: string;
}

/** Names that an error lists; the rest is counted. */
const LISTED_MAX = 10;

/**
 * Finds a pipeline by its file, by a folder with exactly one in it, or by its name. What is there as a path is
 * taken as one; a name that is also a folder without pipelines is taken as a name.
 */
export function pickPipeline(target: string, options: PickOptions): Picked {
  const path = resolve(options.cwd, target);
  const kind = kindOf(path);
  if (kind === "file") return fromFile(path, options);
  const looksLikeName = !/[/\\]/.test(target) && !isPipelineFile(target) && target !== "." && target !== "..";
  if (kind === "folder") {
    const catalog = loadCatalog([path], options);
    if (catalog.files.length > 0 || !looksLikeName) return fromFolder(target, catalog);
  }
  if (looksLikeName) return byName(target, options);
  return {
    found: "none",
    message: `there is no file or folder ${target}`,
    hint: "list the pipelines with `engine pipelines list`",
  };
}

function kindOf(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function fromFile(path: string, options: PickOptions): Picked {
  return judge(nameFor(path, options.cwd), loadCatalog([path], options));
}

function fromFolder(target: string, catalog: Catalog): Picked {
  const [file, ...more] = catalog.files;
  if (file === undefined) {
    return { found: "none", message: `there is no pipeline in ${target}`, hint: "a pipeline is a .yaml or .yml file" };
  }
  if (more.length === 0) return judge(file, catalog);
  const message = `there are ${catalog.files.length} pipelines in ${target}: ${listed(catalog.files)}`;
  return { found: "none", message, hint: "name the file that you mean" };
}

function byName(name: string, options: PickOptions): Picked {
  const catalog = loadCatalog([options.pipelines], options);
  const files = new Map<string, string>();
  // Where two are called the same, the one without errors is meant.
  for (const file of catalog.files.filter((each) => hasErrors(each, catalog)))
    files.set(writtenName(file, catalog), file);
  for (const pipeline of catalog.pipelines) files.set(pipeline.name, pipeline.file);
  const file = files.get(name);
  if (file !== undefined) return judge(file, catalog);
  const names = [...files.keys()].sort();
  const folder = nameFor(options.pipelines, options.cwd);
  const message = `there is no pipeline ${name} in ${folder}`;
  const near = suggest(name, names);
  if (near !== undefined) return { found: "none", message, hint: `did you mean \`${near}\`?` };
  if (names.length > 0) return { found: "none", message, hint: `there are ${listed(names)}` };
  return { found: "none", message, hint: `${folder} has no pipelines; give a file or a folder instead` };
}

/** The name of a file with errors, which has no compiled one: as it stands in its text, else the file's own. */
function writtenName(file: string, catalog: Catalog): string {
  const written = /^name:[ \t]*["']?([^\s"'#]+)/m.exec(catalog.sourceOf(file) ?? "")?.[1];
  return written ?? file.replace(/^.*\//, "").replace(/\.ya?ml$/i, "");
}

function hasErrors(file: string, catalog: Catalog): boolean {
  return catalog.diagnostics.some((each) => each.file === file && each.severity === "error");
}

function judge(file: string, catalog: Catalog): Picked {
  const diagnostics = catalog.diagnostics.filter((each) => each.file === file);
  const pipeline = catalog.pipelines.find((each) => each.file === file);
  if (pipeline === undefined) return { found: "errors", file, diagnostics, catalog };
  return { found: "pipeline", pipeline, diagnostics, catalog };
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return `${names.slice(0, LISTED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
