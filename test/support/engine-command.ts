import { execFile } from "node:child_process";
import { builtCli } from "./built-cli.ts";

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command may print before it is killed: a test that prints more has gone wrong. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs the built command line in a folder and waits for its end. An exit code is a result, a signal is an error. */
export function engine(cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [builtCli(), ...args],
      { cwd, env: plainEnvironment(), maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : error.code;
        if (typeof status === "number") resolve({ status, stdout, stderr });
        else reject(error ?? new Error(`no exit code: ${args.join(" ")}`));
      },
    );
    child.stdin?.end();
  });
}

/** The environment of these tests without what a user of Engine might have set. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ENGINE_|npm_)/.test(name)));
}
