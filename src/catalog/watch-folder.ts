import { watch } from "chokidar";
import type { Watch } from "./live.ts";

/** Watches a folder and all below it with what the file system tells. */
export function watchFolder(
  folder: string,
  changed: () => void,
  onTrouble: (message: string, cause: unknown) => void,
): Watch {
  const watcher = watch(folder, { ignoreInitial: true, ignored: /(^|[/\\])(\.git|node_modules)([/\\]|$)/ });
  // What is told raw is told of links too that were pointed elsewhere, as Kubernetes does with its ConfigMaps. What
  // changed before it was ready was told to nobody.
  watcher.on("all", changed).on("raw", changed).on("ready", changed);
  watcher.on("error", (error) => onTrouble(`${folder} can't be watched; it is looked at every half minute`, error));
  return { close: () => watcher.close() };
}
