import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Measured, timeProcess } from "./measure.ts";
import { ordinary } from "./pipelines.ts";
import { bundle, type Row } from "./rows.ts";

/*
 * `engine validate` of folders of files with 100 lines each. It finds no shellcheck: that takes its own time.
 */

const root = join(import.meta.dirname, "..");
const CLI = join(root, "dist/engine.cjs");
const PEAK_MEMORY = join(root, "bench/peak-memory.cjs");

const FILES = 1000;
const MORE_FILES = 10_000;
const KIB_PER_MIB = 1024;

function writeFiles(folder: string, count: number): void {
  mkdirSync(folder);
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `shop-${i}.yaml`), ordinary(i));
}

function validate(folder: string, files: string, cache: string): Measured {
  const env = { ...process.env, PATH: "", XDG_CACHE_HOME: cache };
  return timeProcess(process.execPath, [CLI, "validate", files], folder, { env });
}

function cold(folder: string, files: string): Measured {
  return validate(folder, files, mkdtempSync(join(folder, "cache-")));
}

/** The same with its largest resident memory, which it takes a moment to write. */
function coldWithMemory(folder: string, files: string): Measured {
  const peak = join(folder, "peak");
  const cache = mkdtempSync(join(folder, "cache-"));
  const env = { ...process.env, PATH: "", XDG_CACHE_HOME: cache, BENCH_PEAK_MEMORY: peak };
  const { ms } = timeProcess(process.execPath, ["--require", PEAK_MEMORY, CLI, "validate", files], folder, { env });
  return { ms, rss_mib: Number(readFileSync(peak, "utf8")) / KIB_PER_MIB };
}

const parseAlone = (folder: string): Measured =>
  timeProcess(process.execPath, ["chunks/parse-alone.js", "pipelines"], folder);

const PARSE_ALONE = `parsing those files with \`yaml\`, in one thread`;

function prepare(folder: string): void {
  bundle(folder, ["parse-alone"]);
  writeFiles(join(folder, "pipelines"), FILES);
  // The first start fills the cache of compiled code.
  cold(folder, "pipelines");
}

export const MANY_FILES: readonly Row[] = [
  {
    name: "validate-cold",
    what: `engine validate of ${FILES} files for the first time`,
    floor_what: PARSE_ALONE,
    ratio_max: 1.3,
    rounds: 7,
    prepare,
    floor: parseAlone,
    subject: (folder) => cold(folder, "pipelines"),
  },
  {
    name: "validate-warm",
    what: `engine validate of ${FILES} files of which none has changed`,
    floor_what: PARSE_ALONE,
    ratio_max: 0.3,
    rounds: 11,
    prepare: (folder) => {
      prepare(folder);
      validate(folder, "pipelines", join(folder, "cache"));
    },
    floor: parseAlone,
    subject: (folder) => validate(folder, "pipelines", join(folder, "cache")),
  },
  {
    name: "validate-memory",
    what: `engine validate of ${MORE_FILES} files for the first time`,
    floor_what: `the same with ${FILES}`,
    ratio_max: 12,
    rss_mib_max: 300,
    rounds: 3,
    prepare: (folder) => {
      prepare(folder);
      writeFiles(join(folder, "more"), MORE_FILES);
    },
    floor: (folder) => coldWithMemory(folder, "pipelines"),
    subject: (folder) => coldWithMemory(folder, "more"),
  },
];
