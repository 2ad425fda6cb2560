import { PassThrough, Readable } from "node:stream";
import { COMMANDS } from "../../src/cli/command-list.ts";
import { main } from "../../src/cli/main.ts";
import { type Cli, Output } from "../../src/cli/terminal.ts";

/** A command's surroundings without a process: what it prints is kept as text. */
export interface FakeCli extends Cli {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export interface FakeCliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** The width of the terminal; without it, output goes to no terminal. */
  readonly columns?: number;
  readonly now?: number;
}

export function fakeCli(options: FakeCliOptions = {}): FakeCli {
  // No pager, whatever is printed.
  const env = { PAGER: "cat", ...options.env };
  const [out, stdout] = capture(env, options.columns);
  const [err, stderr] = capture(env, options.columns);
  return {
    out,
    err,
    stdin: Readable.from([Buffer.from(options.stdin ?? "")]),
    env,
    cwd: options.cwd ?? "/nowhere",
    flags: {},
    now: () => options.now ?? 0,
    stdout,
    stderr,
  };
}

function capture(env: Cli["env"], columns: number | undefined): [Output, () => string] {
  const stream = Object.assign(
    new PassThrough(),
    columns === undefined ? {} : { isTTY: true, columns, rows: 24, getColorDepth: () => 8 },
  );
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return [new Output(stream, env), () => text];
}

/** What a command line gave, carried out in this process. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Carries a command line out in this process: the same as `engine`, without its start. */
export async function callEngine(args: readonly string[], options: FakeCliOptions = {}): Promise<Outcome> {
  const cli = fakeCli(options);
  const code = await main(args, COMMANDS, cli);
  await cli.err.flushed();
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}
