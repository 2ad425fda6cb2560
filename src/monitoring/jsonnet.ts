import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";

/** Turns jsonnet into JSON. */
export interface Jsonnet {
  /** What it is, for people. */
  readonly name: string;
  /**
   * Evaluates a file that is a function. `args`: the jsonnet of its arguments, in files. Rejects with a `JsonnetError` when the
   * program has an error, or doesn't end.
   */
  evaluate(entry: string, args: Readonly<Record<string, string>>): Promise<string>;
}

/** What a jsonnet program did wrong, with its place, as its interpreter says it. */
export class JsonnetError extends Error {
  override readonly name = "JsonnetError";
}

/** A program that doesn't end by then never will, in milliseconds. */
const TIME_MAX_MS = 60_000;
/** More than any set of dashboards takes, in bytes. */
const OUTPUT_MAX_BYTES = 512 * 1024 * 1024;
/** The addon for Node, as npm knows it. */
export const ADDON = "@hanazuki/node-jsonnet";
const PROGRAMS = ["jsonnet", "go-jsonnet", "jrsonnet"];

/**
 * The interpreter that is there: the program that `ENGINE_JSONNET` names; else the addon for Node, below one of the folders;
 * else a program on the path. Undefined when there is none. Whichever it is runs in a process of its own, which is ended when it
 * takes too long.
 */
export function findJsonnet(
  folders: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  findProgram: (name: string) => string | undefined,
): Jsonnet | undefined {
  const named = env.ENGINE_JSONNET;
  if (named !== undefined && named !== "") return program(named);
  const addon = findAddon(folders);
  if (addon !== undefined)
    return { name: ADDON, evaluate: (entry, args) => run(process.execPath, evaluator(addon, entry, args)) };
  for (const name of PROGRAMS) if (findProgram(name) !== undefined) return program(name);
  return undefined;
}

function program(name: string): Jsonnet {
  return {
    name,
    evaluate: (entry, args) =>
      run(name, [...Object.entries(args).flatMap(([key, file]) => ["--tla-code-file", `${key}=${file}`]), entry]),
  };
}

function findAddon(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return createRequire(join(folder, "package.json")).resolve(ADDON);
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** The arguments with which Node evaluates a file with the addon: endless recursion in it holds even the exit of its process. */
function evaluator(addon: string, entry: string, args: Readonly<Record<string, string>>): readonly string[] {
  const text = `
    const { Jsonnet } = await import(${JSON.stringify(pathToFileURL(addon).href)});
    const jsonnet = new Jsonnet();
    for (const [key, file] of ${JSON.stringify(Object.entries(args))}) jsonnet.tlaCode(key, "import " + JSON.stringify(file));
    try {
      process.stdout.write(await jsonnet.evaluateFile(${JSON.stringify(entry)}));
    } catch (error) {
      process.stderr.write(String(error.message ?? error));
      process.exitCode = 1;
    }`;
  return ["--input-type=module", "-e", text];
}

async function run(file: string, args: readonly string[]): Promise<string> {
  const { failed, stdout, stderr, timedOut, shortMessage } = await execa(file, args, {
    reject: false,
    timeout: TIME_MAX_MS,
    forceKillAfterDelay: 0,
    maxBuffer: OUTPUT_MAX_BYTES,
    stdin: "ignore",
  });
  if (timedOut) throw new JsonnetError(`it did not end within ${TIME_MAX_MS / 1_000} s: does it call itself for ever?`);
  if (failed) throw new JsonnetError(stderr.trim() === "" ? shortMessage : stderr.trim());
  return stdout;
}

/** The user's own changes to the mixin, if there are any: `function(mixin) mixin { … }`. */
export function overridesOf(root: string): string | undefined {
  const file = join(root, "monitoring/overrides.jsonnet");
  return existsSync(file) ? file : undefined;
}
