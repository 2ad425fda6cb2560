import { Option } from "commander";
import type { Config } from "../../config/index.ts";
import { type Daemon, ON_STOP, type OnStop, startDaemon } from "../../daemon/index.ts";
import { type DefineCommand, EXIT } from "../command.ts";
import { allOperators, loadConfig, optionsForCommit, optionsToLook } from "../load.ts";
import { onDaemonStopSignal, onProcessStopSignal } from "../run/signals.ts";
import { daemonLog } from "../serve/log.ts";
import { tellSystemd } from "../serve/systemd.ts";
import type { Cli } from "../terminal.ts";
import { VERSION } from "../version.ts";

export const define: DefineCommand = (command, act) => {
  command
    .addOption(
      new Option("--on-stop <how>", "what becomes of runs at SIGTERM or Ctrl-C").choices(ON_STOP).default("leave"),
    )
    .option("--listen <host:port>", "where the API listens (outweighs the environment and engine.yaml)")
    .addHelpText("after", HELP)
    .action(act(serve));
};

const HELP = `
Follows the folder of pipelines and starts runs when their schedules are due, until it is
told to stop. A file with errors leaves its last good version live. Tasks outlive the
daemon: with \`leave\` they go on, and the next daemon takes them up; \`wait\` waits for
the end of what runs, \`cancel\` cancels it. A second signal leaves at once. SIGHUP has it
read engine.yaml again.`;

interface ServeOptions {
  readonly onStop: OnStop;
  readonly listen?: string;
}

async function serve(cli: Cli, { onStop, listen }: ServeOptions): Promise<number> {
  const load = (): Config => loadConfig(listen === undefined ? cli : { ...cli, flags: { ...cli.flags, listen } });
  let config = load();
  const log = await daemonLog(cli);
  const up = Promise.withResolvers<Daemon>();
  const reload = async (): Promise<void> => {
    const running = await up.promise;
    try {
      const next = load();
      config = next;
      log.reloaded(await running.reconfigure(next));
    } catch (error) {
      log.trouble("engine.yaml could not be read again; what it said before stays in force", error);
    }
  };
  // Who closes a terminal wants what runs in it to end.
  const isDaemon = !cli.out.isTerminal;
  let reloading = Promise.resolve();
  const onHangup = (): void => {
    reloading = reloading.then(reload);
  };
  if (isDaemon) process.on("SIGHUP", onHangup);
  const daemon = await startDaemon(config, {
    operators: allOperators(cli, config),
    compileOptions: (checkout) =>
      checkout === undefined
        ? optionsToLook({ ...cli, cwd: config.root }, config)
        : optionsForCommit(cli, config, checkout),
    describe: "engine serve",
    version: VERSION,
    onTrouble: log.trouble,
    onEvent: log.event,
    onSlots: log.slots,
    onBackfill: log.backfill,
    onCatalog: log.catalog,
    onSync: log.sync,
    onDeleted: log.deleted,
  });
  up.resolve(daemon);
  log.started(config, daemon.catalog, daemon.url);
  const systemd = await tellSystemd(cli.env, log.trouble);
  await new Promise<void>((resolve, reject) => {
    const stopListening = (isDaemon ? onDaemonStopSignal : onProcessStopSignal)((signal, before) => {
      const how = before === 0 ? onStop : "leave";
      log.stopping(signal, how);
      systemd.stopping();
      daemon.stop(how).then(
        () => {
          stopListening();
          resolve();
        },
        (error: unknown) => reject(error),
      );
    });
  });
  process.off("SIGHUP", onHangup);
  systemd.close();
  log.stopped();
  return EXIT.ok;
}
