import { type FSWatcher, unwatchFile, watch, watchFile } from "node:fs";
import { basename, dirname } from "node:path";

/** How often a file is looked at where the system can't tell of changes (out of watches, network file systems). */
const LOOK_MS = 1_000;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly listeners: Map<string, Set<() => void>>;
}

const folders = new Map<string, WatchedFolder>();

/**
 * Calls the listener whenever a file changes, comes or goes; sometimes also when it does not. One watch
 * serves all files of a folder. Returns how to stop.
 */
export function watchPath(path: string, listener: () => void): () => void {
  const folder = watchFolder(dirname(path));
  if (folder === undefined) return lookAt(path, listener);
  const name = basename(path);
  const listeners = folder.listeners.get(name) ?? new Set();
  folder.listeners.set(name, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    folder.listeners.delete(name);
    if (folder.listeners.size === 0) unwatchFolder(dirname(path), folder);
  };
}

function watchFolder(path: string): WatchedFolder | undefined {
  const known = folders.get(path);
  if (known !== undefined) return known;
  try {
    const listeners: WatchedFolder["listeners"] = new Map();
    const watcher = watch(path, (_, name) => {
      for (const listener of [...(listeners.get(name ?? "") ?? [])]) listener();
    });
    const folder = { watcher, listeners };
    // The folder was removed: nothing will change in it any more.
    watcher.on("error", () => unwatchFolder(path, folder));
    folders.set(path, folder);
    return folder;
  } catch {
    return undefined;
  }
}

function unwatchFolder(path: string, folder: WatchedFolder): void {
  folder.watcher.close();
  if (folders.get(path) === folder) folders.delete(path);
}

function lookAt(path: string, listener: () => void): () => void {
  const look = (): void => listener();
  watchFile(path, { interval: LOOK_MS }, look);
  return () => unwatchFile(path, look);
}
