import { relative } from "node:path";
import { watch } from "chokidar";
import type { Watch } from "./live.ts";

/** Below the folder: nothing there is a pipeline of this repository. */
const IGNORED = /(^|[/\\])(\.git|node_modules)([/\\]|$)/;

/** How often the folder is looked at until the watcher is ready, in milliseconds. */
const UNREADY_LOOK_MS = 150;

/** Watches a folder and all below it with what the file system tells. */
export function watchFolder(
  folder: string,
  changed: () => void,
  onTrouble: (message: string, cause: unknown) => void,
): Watch {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) => IGNORED.test(relative(folder, path)),
  });
  // What is told raw is told of links too that were pointed elsewhere, as Kubernetes does with its ConfigMaps. What
  // changes before it is ready is told to nobody.
  watcher.on("all", changed).on("raw", changed);
  // In a large folder that takes seconds.
  const looking = setInterval(changed, UNREADY_LOOK_MS);
  watcher.on("ready", () => {
    clearInterval(looking);
    changed();
  });
  watcher.on("error", (error) => onTrouble(`${folder} can't be watched; it is looked at every half minute`, error));
  return {
    close() {
      clearInterval(looking);
      return watcher.close();
    },
  };
}
