import { glob, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type JsonObject, parseDuration } from "../../lib/index.ts";
import type { Look, SensorKind } from "./kind.ts";
import { DURATION, textOr } from "./values.ts";
import { watchFolder } from "./watched-folder.ts";

/** Paths that are handed on. More belong into a file. */
const PATHS_MAX = 1_000;
/** Events come in bursts: a look follows this long after the first, in milliseconds. */
const SETTLE_MS = 200;
const GLOB = /[*?[{]/;
const SIZE_PATTERN = "^(\\d{1,15})\\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$";
const SIZE = new RegExp(SIZE_PATTERN);
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
            ...DURATION,
            description: "It must not have been written to for this long: whoever writes it is done.",
            default: "0s",
            examples: ["30s"],
          },
          min_size: {
            anyOf: [{ type: "integer", minimum: 0 }, textOr(SIZE_PATTERN)],
            description: "It must have at least this many bytes.",
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
    const large = found.files.filter((one) => one.size >= size);
    // Without an age nobody asks for the time: that of another machine may lie ahead.
    const fits = large.filter((one) => age_ms === 0 || host.now() - one.modified_at >= age_ms);
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
    if (large.length < count && small !== undefined)
      return { state: "not_yet", why: `${small.path} has ${small.size} of ${size} bytes` };
    // When so many are old enough, if none of them is written to until then.
    const oldest_first = large.map((one) => one.modified_at).sort((one, other) => one - other);
    const again_at = Math.ceil((oldest_first[count - 1] ?? 0) + age_ms);
    return { state: "not_yet", why: `${String(path)} was written to just now`, again_at };
  },

  watch(host, config, changed) {
    const { path } = config as JsonObject;
    const wanted = resolve(host.work.cwd, String(path));
    let settling: NodeJS.Timeout | undefined;
    let nearest = watchNearest(wanted, noticed);
    function noticed(): void {
      settling ??= setTimeout(() => {
        settling = undefined;
        // What has come may be a folder on the way, in which it goes on; or the folder was replaced.
        nearest?.();
        nearest = watchNearest(wanted, noticed);
        changed();
      }, SETTLE_MS).unref();
    }
    return () => {
      clearTimeout(settling);
      nearest?.();
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
  return GLOB.test(pattern);
}

function sizeOf(written: unknown): number | undefined {
  if (typeof written === "number") return written;
  const [, count, unit = "B"] = SIZE.exec(String(written)) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS[unit] ?? 1);
}

/** Watches the folder in which a path, or the next folder on the way to it, will come to be. */
function watchNearest(path: string, noticed: () => void): (() => void) | undefined {
  const first_special = path.search(GLOB);
  let folder = dirname(first_special < 0 ? path : `${path.slice(0, first_special)}*`);
  /** What is to come there; of a glob it may be anything. */
  let name = first_special < 0 ? basename(path) : undefined;
  for (;;) {
    try {
      const own = basename(folder);
      return watchFolder(folder, (changed) => {
        if (name === undefined || changed === null || changed === name || changed === own) noticed();
      });
    } catch (error) {
      // Out of watches, or a file system without them: the interval has to do.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) return undefined;
      name = basename(folder);
      folder = dirname(folder);
    }
  }
}
