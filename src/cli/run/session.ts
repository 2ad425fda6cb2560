import { userInfo } from "node:os";
import type { Config } from "../../config/index.ts";
import { type EngineHandle, openEngine, type RunAction, systemClock } from "../../daemon/index.ts";
import { type RunRow, StoreError } from "../../engine/index.ts";
import { compile } from "../../language/index.ts";
import { EXIT } from "../command.ts";
import { CliError } from "../errors.ts";
import { jsonReporter } from "../live/json-reporter.ts";
import { LiveReporter } from "../live/live-reporter.ts";
import { plainReporter } from "../live/plain-reporter.ts";
import { processTerminal } from "../live/process-terminal.ts";
import type { RunReporter } from "../live/reporter.ts";
import { allOperators, loadOperators } from "../load.ts";
import type { Cli } from "../terminal.ts";
import { driveInForeground, type RunStart } from "./foreground.ts";
import { followLastLine } from "./last-line.ts";
import { onProcessStopSignal } from "./signals.ts";

/** Who acts, as it is recorded with what was done. */
export function whoAmI(cli: Cli): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return cli.env.USER ?? "unknown";
  }
}

/** Shows runs as the output and the options ask for: a live tree on a terminal, JSON lines, or plain lines. */
function reporterFor(cli: Cli, config: Config, { json }: { readonly json?: true }): RunReporter {
  const writeLine = (line: string): void => cli.out.write(`${line}\n`);
  if (json) return jsonReporter(writeLine);
  if (!cli.out.isTerminal || cli.env.TERM === "dumb") return plainReporter(writeLine);
  return new LiveReporter(processTerminal(cli.out), systemClock, followLastLine(config.data));
}

export interface Session {
  readonly cli: Cli;
  readonly config: Config;
  readonly handle: EngineHandle;
  readonly reporter: RunReporter;
}

/** Holds the data folder with an engine while `use` lasts. Throws a `CliError` that says who holds it and what to do. */
export async function withEngine<T>(
  cli: Cli,
  config: Config,
  options: { readonly json?: true },
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const operators = allOperators(cli, config);
  const reporter = reporterFor(cli, config, options);
  try {
    const onTrouble = (message: string, cause: unknown): void =>
      reporter.notice(`${message}${cause instanceof Error ? `: ${cause.message}` : ""}`);
    const handle = await openEngine(config, { operators, describe: commandLine(), onTrouble }).catch(explainHeld);
    try {
      return await use({ cli, config, handle, reporter });
    } finally {
      await handle.close();
    }
  } finally {
    reporter.close();
  }
}

/** Drives a run of an open engine in the foreground; the result is the exit code. */
export function drive({ cli, handle, reporter }: Session, start: RunStart): Promise<number> {
  return driveInForeground(start, { handle, reporter, onStopSignal: onProcessStopSignal, by: whoAmI(cli) });
}

/** Tells the reporter how a run stands that was there before, so that a live view begins with it whole. */
export async function reportAsItStands({ config, handle, reporter }: Session, run: RunRow): Promise<void> {
  const version = await handle.store.getPipelineVersion(run.version);
  const { operators } = loadOperators(config);
  const compiled = version && compile({ path: version.file, text: version.source }, { operators });
  // A version that does not compile any more is the engine's to refuse.
  if (compiled?.pipeline === undefined) return;
  reporter.resumed(run, await handle.store.listTaskRuns(run.run_id), compiled.pipeline);
}

/** Carries a person's action on a run out, and drives what it opens in the foreground until that has ended. */
export async function actOn(session: Session, run: RunRow, action: RunAction): Promise<number> {
  await reportAsItStands(session, run);
  return drive(session, {
    run_id: run.run_id,
    begin: async () => {
      const { handle, reporter } = session;
      await handle.act(run.run_id, action);
      // A task that the run was not asked for, or one that is marked so already.
      if ((await handle.store.getRun(run.run_id))?.seq === run.seq) {
        reporter.notice(`that changes nothing in run ${run.run_id}`);
      }
      return run.run_id;
    },
  });
}

/** Gathers an option that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function commandLine(): string {
  return `engine ${process.argv.slice(2).join(" ")}`;
}

function explainHeld(error: unknown): never {
  if (!(error instanceof StoreError) || error.code !== "held") throw error;
  throw new CliError(error.message, {
    hint: "looking works meanwhile (`engine runs list`, `engine logs`), and so does acting on its runs (`engine runs cancel`)",
    exit_code: EXIT.internal,
    cause: error,
  });
}
