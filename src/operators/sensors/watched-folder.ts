import { type FSWatcher, watch } from "node:fs";

/** Told of a change in a folder: the name of what changed; null when the system doesn't say. */
export type Noticed = (name: string | null) => void;

interface Watched {
  readonly watcher: FSWatcher;
  readonly all: Set<Noticed>;
}

/** By folder. Thousands of sensors may wait in one, and the system lends few watches. */
const watched = new Map<string, Watched>();

/** Watches a folder; with others that watch the same, through one watch. Returns how to stop. Throws when it can't be watched. */
export function watchFolder(folder: string, noticed: Noticed): () => void {
  const shared = watched.get(folder) ?? begin(folder);
  shared.all.add(noticed);
  return () => {
    shared.all.delete(noticed);
    if (shared.all.size > 0) return;
    shared.watcher.close();
    if (watched.get(folder) === shared) watched.delete(folder);
  };
}

function begin(folder: string): Watched {
  const all = new Set<Noticed>();
  const watcher = watch(folder, { persistent: false }, (_, name) => {
    // The folder itself may be gone: whoever comes then gets a new watch.
    if (name === null || folder.endsWith(name)) watched.delete(folder);
    for (const noticed of [...all]) noticed(name);
  });
  watcher.on("error", () => {
    watched.delete(folder);
    watcher.close();
  });
  const shared = { watcher, all };
  watched.set(folder, shared);
  return shared;
}
