import { spawnSync } from "node:child_process";
import { DockerEngine, importImage } from "../support/docker-engine.ts";

/** A Docker that things happen to. */
export interface ChaosDocker {
  readonly host: string;
  stop(): Promise<void>;
  /** Resolves once it answers. */
  start(): Promise<void>;
  /** All that are there, running or not: their names and states. */
  containers(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** Undefined where there can be none; why is added to `left_out`. */
export async function startDocker(left_out: string[]): Promise<ChaosDocker | undefined> {
  const missing = ["dockerd", "busybox"].find((name) => spawnSync(name, ["--help"], { stdio: "ignore" }).error);
  if (missing !== undefined) left_out.push(`Docker: ${missing} is not installed (docker.io, busybox-static)`);
  else if (process.getuid?.() !== 0) left_out.push("Docker: only root can start one");
  if (missing !== undefined || process.getuid?.() !== 0) return undefined;
  const engine = new DockerEngine();
  const start = (): Promise<void> => {
    engine.start();
    return engine.answers();
  };
  await start();
  await importImage(engine.client);
  return {
    host: engine.host,
    start,
    stop: () => engine.stop(),
    async containers() {
      const all = await engine.client.listContainers({ all: true });
      return all.map(({ Names, Status, Labels }) => `${Names.join(" ")} (${Status}) ${JSON.stringify(Labels)}`);
    },
    remove: () => engine.remove(),
  };
}
