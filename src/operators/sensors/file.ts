import { type FSWatcher, watch } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type JsonObject, parseDuration } from "../../lib/index.ts";
import type { Look, SensorKind } from "./kind.ts";

/** Paths that are handed on. More belong into a file. */
const PATHS_MAX = 1_000;
/** Events come in bursts: a look follows this long after the first, in milliseconds. */
const SETTLE_MS = 200;
const SIZE = /^(\d{1,15})\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/;
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Waits for a file. Its folder's events wake it, and the interval where a file system sends none. */
export const file: SensorKind = {
  name: "file",
  schema: {
    description: "Waits for a file or a folder.",
    oneOf: [
      {
        type: "string",
        description: "A path or a glob, relative to the task's `cwd`.",
        minLength: 1,
        examples: [`data/\${{ ds }}/*.parquet`],
      },
      {
        type: "object",
        properties: {
          path: {
            type: "string",
            description: "A path or a glob, relative to the task's `cwd`.",
            minLength: 1,
            examples: [`data/\${{ ds }}/_SUCCESS`],
          },
          min_age: {
            type: "string",
            description: "It must not have been written to for this long: whoever writes it is done.",
            default: "0s",
            examples: ["30s"],
          },
          min_size: {
            type: ["string", "integer"],
            description: "It must have at least this many bytes.",
            minimum: 0,
            default: 0,
            examples: ["1MiB", 1],
          },
          min_count: {
            type: "integer",
            description: "At least this many paths must fit the glob, each old and large enough.",
            minimum: 1,
            default: 1,
            examples: [24],
          },
        },
        required: ["path"],
        additionalProperties: false,
      },
    ],
    examples: ["data/train.parquet", { path: "data/*.csv", min_age: "30s", min_size: "1KiB" }],
  },
  normalise: (value) => ({
    min_age: "0s",
    min_size: 0,
    min_count: 1,
    ...(typeof value === "string" ? { path: value } : (value as JsonObject)),
  }),

  async look(host, config): Promise<Look> {
    const { path, min_age, min_size, min_count } = config as JsonObject;
    const age_ms = parseDuration(String(min_age));
    const size = sizeOf(min_size);
    if (age_ms === undefined || size === undefined) {
      const message =
        age_ms === undefined
          ? `\`${String(min_age)}\` is no duration such as 30s`
          : `\`${String(min_size)}\` is no size such as 10MiB`;
      return { state: "failed", failure: { reason: "operator_failed", message, final: true } };
    }
    const found = await find(host.work.cwd, String(path));
    if (!found.ok) return { state: "not_yet", why: found.why };
    const count = Number(min_count);
    const fits = found.files.filter((one) => one.size >= size && host.now() - one.modified_at >= age_ms);
    if (fits.length >= count) {
      const [first] = fits;
      const paths = fits.slice(0, PATHS_MAX).map((one) => one.path);
      return {
        state: "found",
        values: {
          path: first?.path ?? null,
          paths,
          count: fits.length,
          size: first?.size ?? null,
          modified_at: first === undefined ? null : new Date(first.modified_at).toISOString(),
        },
      };
    }
    if (found.files.length < count) {
      const why =
        found.files.length === 0 ? `there is no ${String(path)}` : `${found.files.length} of ${count} are there`;
      return { state: "not_yet", why };
    }
    const small = found.files.find((one) => one.size < size);
    if (small !== undefined) return { state: "not_yet", why: `${small.path} has ${small.size} of ${size} bytes` };
    const youngest = Math.max(...found.files.map((one) => one.modified_at));
    return { state: "not_yet", why: `${String(path)} was written to just now`, again_at: youngest + age_ms };
  },

  watch(host, config, changed) {
    const { path } = config as JsonObject;
    let settling: NodeJS.Timeout | undefined;
    const watcher = watchNearest(resolve(host.work.cwd, String(path)), () => {
      settling ??= setTimeout(() => {
        settling = undefined;
        changed();
      }, SETTLE_MS).unref();
    });
    return () => {
      clearTimeout(settling);
      watcher?.close();
    };
  },
};

interface Found {
  readonly path: string;
  readonly size: number;
  readonly modified_at: number;
}

async function find(
  cwd: string,
  pattern: string,
): Promise<{ readonly ok: true; readonly files: readonly Found[] } | { readonly ok: false; readonly why: string }> {
  try {
    const paths: string[] = [];
    if (isGlob(pattern)) for await (const name of glob(pattern, { cwd })) paths.push(resolve(cwd, name));
    else paths.push(resolve(cwd, pattern));
    const files: Found[] = [];
    for (const path of paths.sort()) {
      // It may have gone meanwhile, or never been there.
      const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      });
      if (found !== undefined) files.push({ path, size: found.size, modified_at: found.mtimeMs });
    }
    return { ok: true, files };
  } catch (error) {
    // A disk that is not mounted yet, or a folder that may be read soon: that is what is waited for.
    return {
      ok: false,
      why: `${pattern} can't be looked at: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    };
  }
}

function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

function sizeOf(written: unknown): number | undefined {
  if (typeof written === "number") return written;
  const [, count, unit = "B"] = SIZE.exec(String(written)) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 1);
}

/** Watches the folder in which a path, or the next folder on the way to it, will come to be. */
function watchNearest(path: string, changed: () => void): FSWatcher | undefined {
  for (let folder = isGlob(path) ? path.slice(0, path.search(/[*?[{]/)) : path; ; ) {
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
    try {
      const watcher = watch(folder, { persistent: false }, changed);
      watcher.on("error", () => watcher.close());
      return watcher;
    } catch (error) {
      // Out of watches, or a file system without them: the interval has to do.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined;
    }
  }
}
