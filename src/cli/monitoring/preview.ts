import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import { type PreviewSource, prometheusSource, sampleSource, sampleWorld } from "../../monitoring/index.ts";
import { EXIT } from "../command.ts";
import { CliError, usageError } from "../errors.ts";
import { count } from "../output/words.ts";
import { packageRoot } from "../package-files.ts";
import { onProcessStopSignal } from "../run/signals.ts";
import type { Cli } from "../terminal.ts";
import { evaluated } from "./generated.ts";
import { type PreviewServer, startPreview } from "./preview-server.ts";

export interface PreviewOptions {
  readonly prometheus?: string;
  readonly port?: number;
  readonly pipelineBoards?: true;
}

/** Shows the boards of the pipelines until a signal ends it. */
export async function preview(cli: Cli, config: Config, options: PreviewOptions): Promise<number> {
  const { prometheus, port = 0, pipelineBoards = false } = options;
  const address = prometheus === undefined ? undefined : addressOf(prometheus);
  const { pipelines, monitoring } = await evaluated(cli, config, pipelineBoards);
  const source: PreviewSource =
    address === undefined ? sampleSource(sampleWorld(pipelines, Object.keys(config.pools))) : prometheusSource(address);
  const boards = Object.values(monitoring.dashboards);
  const server = await listening({ boards, source, page: join(packageRoot(), "dist/preview"), port });
  const { about } = source;
  const numbers = about.kind === "sample" ? "sample data" : `data of ${about.url}`;
  cli.out.line(`${count(boards.length, "dashboard")} with ${numbers}, until Ctrl-C: ${server.url}`);
  await new Promise<void>((resolve) => {
    const stopListening = onProcessStopSignal(() => {
      stopListening();
      resolve();
    });
  });
  await server.close();
  return EXIT.ok;
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw usageError(`--prometheus ${text} is no address`, "write it as http://localhost:9090");
}

async function listening(options: Parameters<typeof startPreview>[0]): Promise<PreviewServer> {
  try {
    return await startPreview(options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "ERR_SOCKET_BAD_PORT") throw error;
    const why = code === "EADDRINUSE" ? "is taken" : "can't be listened on";
    throw new CliError(`the port ${options.port} ${why}`, {
      hint: "give another one with --port, or none for one that is free",
      exit_code: EXIT.failed,
    });
  }
}
