import type { CatalogState } from "../catalog/index.ts";
import type { Clock, LivePipeline, Store } from "../engine/index.ts";

/**
 * Keeps in the store what is live, so that the next daemon knows the last good version of a file that has errors by then.
 * `known`: what the store has. The result is to be told of each state; it never throws, and what could not be stored is
 * stored with the next.
 */
export function rememberLive(
  store: Store,
  known: readonly LivePipeline[],
  clock: Clock,
  onTrouble: (message: string, cause: unknown) => void,
): (state: CatalogState) => Promise<void> {
  let stored = new Map(known.map(({ file, pipeline, version }) => [file, `${pipeline} ${version}`]));
  let last = Promise.resolve();
  const put = async ({ pipelines }: CatalogState): Promise<void> => {
    const all = [...pipelines.values()];
    const now = new Map(all.map(({ file, name, version }) => [file, `${name} ${version}`]));
    const changed = all.filter(({ file }) => stored.get(file) !== now.get(file));
    const gone = [...stored.keys()].filter((file) => !now.has(file));
    if (changed.length === 0 && gone.length === 0) return;
    const rows = changed.map(({ file, name, version, source }) => ({ file, pipeline: name, version, source }));
    await store.putLive(rows, gone, clock.now());
    stored = now;
  };
  return (state) => {
    last = last.then(() => put(state)).catch((error) => onTrouble("what is live could not be stored", error));
    return last;
  };
}
