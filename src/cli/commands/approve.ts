import type { TaskKey } from "../../core/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { usageError } from "../errors.ts";
import { loadConfig } from "../load.ts";
import { actElsewhere } from "../run/elsewhere.ts";
import { findRun } from "../run/find-run.ts";
import { readParams, readParamsFile } from "../run/params.ts";
import { collect, drive, reportAsItStands, whoAmI, withEngine } from "../run/session.ts";
import type { Cli } from "../terminal.ts";

interface ApproveOptions {
  readonly param: readonly string[];
  readonly params?: string;
  readonly reject?: true;
  readonly comment?: string;
  readonly json?: true;
}

export const define: DefineCommand = (command, act) => {
  command
    .argument("<run>", "a run's id, the beginning of one, or `latest`")
    .argument("<task>", "the task that asks; an item of a for_each as 'task[3]'")
    .option("-p, --param <key=value>", "a field of its form; may be given several times", collect, [])
    .option("--params <file>", "fields in YAML or JSON; `-` reads standard input; -p outweighs it")
    .option("--reject", "say no")
    .option("--comment <text>", "why; kept with the run")
    .option("--json", "print JSON lines")
    .addHelpText("after", HELP)
    .action(act(approve));
};

const HELP = `
The answer goes to the process that drives the run. When there is none, the run is taken up here, and
goes on in the foreground until it has ended.`;

async function approve(cli: Cli, named: string, task: string, options: ApproveOptions): Promise<number> {
  const { comment } = options;
  const answer = {
    by: whoAmI(cli),
    approved: options.reject !== true,
    values: readParams(options.param, await readParamsFile(cli, options.params)),
    ...(comment !== undefined && { comment }),
  };
  if (!answer.approved && Object.keys(answer.values).length > 0) {
    throw usageError("a no has no fields", "leave -p and --params out; --comment says why");
  }
  const key = task as TaskKey;
  const config = loadConfig(cli);
  const word = answer.approved ? "approved" : "rejected";
  const asked = await actElsewhere(cli, config, named, options, (run) => ({
    request: { type: "answer", run_id: run.run_id, key, answer },
    done: `task ${task} of run ${run.run_id} is ${word}`,
  }));
  if (asked !== undefined) return asked;
  return withEngine(cli, config, options, async (session) => {
    const run = await findRun(session.handle.store, named);
    const waiting = (await session.handle.store.listTaskRuns(run.run_id)).filter(({ state }) => state === "waiting");
    if (!waiting.some((row) => row.key === key)) {
      const keys = waiting.map((row) => row.key).join(", ");
      throw usageError(
        `task ${task} of run ${run.run_id} waits for no answer`,
        keys === "" ? `nothing waits there; see \`engine runs show ${run.run_id}\`` : `what waits there: ${keys}`,
      );
    }
    await reportAsItStands(session, run);
    const code = await drive(session, {
      run_id: run.run_id,
      begin: async () => {
        await session.handle.answer(run.run_id, key, answer);
        return run.run_id;
      },
    });
    // A run that fails because of a no has done what it was asked for.
    return code === EXIT.failed && !answer.approved ? EXIT.ok : code;
  });
}
