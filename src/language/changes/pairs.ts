import type { PipelineVersion } from "./change.ts";
import { type Lines, linesOf, similarity } from "./similarity.ts";

/** What became of a pipeline. */
export interface Pair {
  readonly before: PipelineVersion;
  readonly after?: PipelineVersion;
}

/** Half of a pipeline has to be left for it to count as the same one under another name; git takes the same share. */
const SIMILARITY_MIN = 0.5;

/** Pairs of pipelines whose lines are compared at most: a second's work. Beyond it only equal ones are known. */
const COMPARED_MAX = 250_000;

/**
 * Finds for each pipeline of before what it is now: what has its name, else what stands in its file under a name that
 * is new, else what is new and most like it. What can't be told, because a file can't be parsed, is left out.
 */
export function pairUp(before: readonly PipelineVersion[], after: readonly PipelineVersion[]): readonly Pair[] {
  const now = firstByName(after);
  const then = firstByName(before);
  const pairs: Pair[] = [];
  const gone = new Set<PipelineVersion>();
  for (const version of then.values()) {
    const same = now.get(version.name);
    if (same === undefined) gone.add(version);
    else pairs.push({ before: version, after: same });
  }
  const added = new Set([...now.values()].filter(({ name }) => !then.has(name)));
  const settle = (version: PipelineVersion, found: PipelineVersion): void => {
    gone.delete(version);
    added.delete(found);
    pairs.push({ before: version, after: found });
  };
  const files = new Map(after.map((version) => [version.file, version]));
  for (const version of [...gone]) {
    const inFile = files.get(version.file);
    if (inFile === undefined) continue;
    if (inFile.source === undefined) gone.delete(version);
    else if (added.has(inFile)) settle(version, inFile);
  }
  for (const [version, found] of mostAlike([...gone], [...added])) settle(version, found);
  return [...pairs, ...[...gone].map((version) => ({ before: version }))];
}

/** Two of one name are reported elsewhere. */
function firstByName(versions: readonly PipelineVersion[]): ReadonlyMap<string, PipelineVersion> {
  const byName = new Map<string, PipelineVersion>();
  for (const version of versions) if (!byName.has(version.name)) byName.set(version.name, version);
  return byName;
}

interface Candidate {
  readonly version: PipelineVersion;
  readonly lines: Lines;
  /** Of its tasks alone: what it does, whenever and with whatever params. */
  readonly tasks: Lines | undefined;
}

function candidate(version: PipelineVersion): Candidate {
  const { text, source } = version;
  const node = source?.root.get("tasks");
  return { version, lines: linesOf(text.text), tasks: node && linesOf(text.slice(node)) };
}

function alikeness(a: Candidate, b: Candidate): number {
  const whole = similarity(a.lines, b.lines);
  return a.tasks === undefined || b.tasks === undefined ? whole : Math.max(whole, similarity(a.tasks, b.tasks));
}

function mostAlike(
  gone: readonly PipelineVersion[],
  added: readonly PipelineVersion[],
): readonly (readonly [PipelineVersion, PipelineVersion])[] {
  const open = new Set(gone.map(candidate));
  const free = new Set(added.map(candidate));
  const found: [PipelineVersion, PipelineVersion][] = [];
  const take = (one: Candidate, other: Candidate): void => {
    if (!open.delete(one) || !free.delete(other)) return;
    found.push([one.version, other.version]);
  };
  const equal = Map.groupBy(free, ({ lines }) => lines.key);
  for (const one of [...open]) {
    const other = equal.get(one.lines.key)?.find((each) => free.has(each));
    if (other !== undefined && one.lines.size > 0) take(one, other);
  }
  if (open.size * free.size > COMPARED_MAX) return found;
  const alike = [...open].flatMap((one) => [...free].map((other) => ({ one, other, share: alikeness(one, other) })));
  for (const { one, other, share } of alike.sort((a, b) => b.share - a.share)) {
    if (share >= SIMILARITY_MIN && open.has(one) && free.has(other)) take(one, other);
  }
  return found;
}
