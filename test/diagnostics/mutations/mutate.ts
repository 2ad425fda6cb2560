import type { SourceFile } from "../../../src/language/index.ts";
import type { Tree } from "./bases.ts";
import type { Manner, Path, Rendered, Span, Value } from "./render.ts";

/*
 * How a valid pipeline is broken. A mutator makes many mutants of one kind out of a tree; each says which text is
 * wrong then, however the tree is written.
 */

/** Where the broken text stands. */
export type Place =
  | { readonly path: Path; readonly part: "key" | "value" }
  /** A stretch of a text. */
  | { readonly path: Path; readonly part: "within"; readonly text: string }
  /** Counted in the file. */
  | Span;

export interface Mutant {
  readonly what: string;
  /** The file, broken in its values; written in every manner. */
  readonly tree: Tree;
  /** Where a finding has to be; several when the mistake shows at more than one place. */
  readonly at: readonly Place[];
  /** Other codes that the same mistake may give. */
  readonly also?: readonly string[];
  /** Files that belong to it. */
  readonly beside?: readonly SourceFile[];
}

/** A file that is broken in how it is written. */
export interface TextMutant {
  readonly what: string;
  readonly text: string;
  readonly at: Span;
  readonly also?: readonly string[];
}

/** Breaks the values of a pipeline. */
export type Mutator = (base: Tree, name: string) => readonly Mutant[];

/** Breaks how a pipeline is written. `manner` says how it is. */
export type TextMutator = (rendered: Rendered, manner: Manner, base: Tree) => readonly TextMutant[];

/** A copy in which one value is another; undefined takes it out. Keys that are not there come last. */
export function put(tree: Tree, path: Path, value: Value | undefined): Tree {
  const [key, ...rest] = path;
  if (key === undefined) return value as Tree;
  if (Array.isArray(tree)) {
    const items = [...(tree as readonly Value[])];
    if (rest.length === 0 && value === undefined) items.splice(Number(key), 1);
    else
      items[Number(key)] =
        rest.length === 0 ? (value as Value) : (put(items[Number(key)] as Tree, rest, value) as Value);
    return items as unknown as Tree;
  }
  const copy: Tree = { ...tree };
  if (rest.length > 0) copy[key] = put((copy[key] ?? {}) as Tree, rest, value);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}

export function get(tree: Value, path: Path): Value | undefined {
  let value: Value | undefined = tree;
  for (const key of path) value = (value as { readonly [key: string]: Value } | undefined)?.[key];
  return value;
}

/** The ids of the tasks for which something holds. */
export function tasksWith(base: Tree, test: (task: Tree) => boolean = () => true): readonly string[] {
  return Object.entries(base.tasks as { readonly [id: string]: Tree }).flatMap(([id, task]) =>
    test(task) ? [id] : [],
  );
}

/** The tasks that run a script in the short form. */
export function scripts(base: Tree): readonly string[] {
  return tasksWith(base, (task) => typeof task.bash === "string");
}

/** The same mutant for each of some values. */
export function each<T>(values: readonly T[], make: (value: T) => Mutant | readonly Mutant[]): readonly Mutant[] {
  return values.flatMap(make);
}

/** The first and the last: the same in the middle teaches nothing new. */
export function ends<T>(values: readonly T[]): readonly T[] {
  return values.length < 3 ? values : [values[0] as T, values.at(-1) as T];
}

/** A mutant with one broken value. */
export function broken(
  what: string,
  base: Tree,
  path: Path,
  value: Value,
  text?: string,
  also: readonly string[] = [],
): Mutant {
  const at: Place = text === undefined ? { path, part: "value" } : { path, part: "within", text };
  return { what, tree: put(base, path, value), at: [at], also };
}

/** A base with what a mutant needs besides, which is right by itself. */
export function withPart(base: Tree, parts: Readonly<Record<string, Value>>): Tree {
  return { ...base, ...parts };
}
