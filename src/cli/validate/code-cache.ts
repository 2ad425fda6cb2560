import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Module } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { isOwnFolder, makeOwnFolder } from "../../lib/index.ts";
import { cacheFolder } from "../cache-folder.ts";

/*
 * Loads a bundle with the code that an earlier process compiled. Node has a cache of its own for that, of what is
 * compiled while modules load; of functions that are compiled when they are first called, which is most of a command,
 * it knows nothing. The cache is never trusted: V8 refuses code that it did not compile itself, under the same flags,
 * and a file that is not exactly what was written, or that others may write to, is no cache.
 */

/** Set by the bundler to a hash of all that it bundles. */
const BUILD = (globalThis as { readonly ENGINE_BUILD?: string }).ENGINE_BUILD ?? "";

const NAME = /^code-[0-9a-f]{16}-[\w.-]+$/;
/** Of the hash of the build, what tells builds apart. */
const BUILD_CHARS = 16;
/** Before the code: its CRC-32. */
const SUM_BYTES = 4;
/** Of other builds and versions, what is older than a month, in milliseconds, goes. */
const OLD_MS = 30 * 24 * 60 * 60 * 1000;

type Wrapper = (exports: object, require: NodeJS.Require, module: Module, file: string, folder: string) => void;

/** The bundle of `engine validate`, of bundle.ts. */
const BUNDLE = join(import.meta.dirname, "chunks/validate.cjs");

/** Loads the bundle. `writes`: keeps what is compiled in this process, unless it is known already. */
export function loadValidate({ writes }: { readonly writes: boolean }): typeof import("./bundle.ts") {
  const { version, arch, env } = process;
  const file = BUNDLE;
  const folder = cacheFolder(env);
  const path = folder && join(folder, `code-${BUILD.slice(0, BUILD_CHARS)}-${version}-${arch}`);
  const code = path && folder && isOwnFolder(folder) ? readCode(path) : undefined;
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`,
    {
      filename: file,
      cachedData: code,
    },
  );
  if (writes && folder && path && (code === undefined || script.cachedDataRejected)) keepCode(script, folder, path);
  const module = new Module(file);
  (script.runInThisContext() as Wrapper)(module.exports, Module.createRequire(file), module, file, dirname(file));
  return module.exports as typeof import("./bundle.ts");
}

function readCode(path: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  if (bytes.length < SUM_BYTES) return undefined;
  const code = bytes.subarray(SUM_BYTES);
  return sumOf(code) === bytes.readUInt32LE() ? code : undefined;
}

function sumOf(code: Buffer): number {
  return process.getBuiltinModule("node:zlib").crc32(code);
}

/** When the process ends, keeps all that has been compiled by then. */
function keepCode(script: Script, folder: string, path: string): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  // What was called once at the start is part of it.
  setFlagsFromString("--no-flush-bytecode");
  process.once("exit", () => {
    // V8 takes no code that was compiled under other flags. These may have been set since (lib/v8-flags.ts).
    for (const flag of ["--flush-bytecode", "--opt", "--semi-space-growth-factor=2", "--heap-growing-percent=0"])
      setFlagsFromString(flag);
    write(script.createCachedData(), folder, path);
  });
}

/** A folder that can't be written to is no reason to fail: the next time is as slow as this one. */
function write(code: Buffer, folder: string, path: string): void {
  const written = `${path}.${process.pid}.new`;
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(sumOf(code));
  try {
    makeOwnFolder(folder);
    if (!isOwnFolder(folder)) return;
    writeFileSync(written, Buffer.concat([sum, code]), { mode: 0o600, flag: "wx" });
    renameSync(written, path);
    tidy(folder, path);
  } catch {
    remove(written);
  }
}

function tidy(folder: string, current: string): void {
  const { mtimeMs: now } = statSync(current);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!NAME.test(name) || path === current) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() && now - found.mtimeMs > OLD_MS) remove(path);
  }
}

/** Somebody else may have been quicker. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays: the next to write tries again.
  }
}
