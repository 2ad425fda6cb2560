import Docker from "dockerode";
import { afterAll, beforeAll } from "vitest";
import { answers, DockerEngine, IMAGE, importImage } from "../../support/docker-engine.ts";
import { until } from "../../support/until.ts";
import { leftOut, need } from "./need.ts";

export { busyboxTar, IMAGE } from "../../support/docker-engine.ts";

const SOCKET = "/var/run/docker.sock";

/** A Docker for the tests of one file. */
export interface RealDocker {
  readonly found: boolean;
  /** As `host` and DOCKER_HOST have it. */
  readonly host: string;
  readonly client: Docker;
  /** Sees to it that `IMAGE` is there under another name, unless something is. */
  provide(name: string): Promise<void>;
  /** Ends the daemon, as a crash would, and starts it again on the same folder; only where it is our own. */
  restart?(meanwhile?: () => Promise<void>): Promise<void>;
}

/** The one that runs on this machine, or one that is started for these tests; with `IMAGE` in it. */
export async function realDocker(): Promise<RealDocker> {
  const running: RealDocker = {
    found: true,
    host: `unix://${SOCKET}`,
    client: new Docker({ socketPath: SOCKET }),
    provide: (name) => provide(running.client, name),
  };
  const runs = await answers(running.client);
  if (!runs && process.getuid?.() !== 0) {
    return { ...running, ...leftOut("docker", `nothing answers at ${SOCKET}, and only root can start it`) };
  }
  if (!need("docker").found) return { ...running, found: false };
  const found = runs ? running : ownDocker();
  beforeAll(async () => {
    await until("Docker answers", () => answers(found.client));
    await importImage(found.client);
  });
  return found;
}

async function provide(client: Docker, name: string): Promise<void> {
  const [repo = "", tag = ""] = name.split(":");
  const there = await client.listImages({ filters: { reference: [name] } });
  if (there.length === 0) await client.getImage(IMAGE).tag({ repo, tag });
}

function ownDocker(): RealDocker {
  const engine = new DockerEngine();
  // Not before: of a file that can't be loaded, nothing is ended.
  beforeAll(() => engine.start());
  afterAll(() => engine.remove());
  const { host, client } = engine;
  return {
    ...{ found: true, host, client },
    provide: (name) => provide(client, name),
    async restart(meanwhile) {
      await engine.stop();
      await meanwhile?.();
      engine.start();
      await engine.answers();
    },
  };
}
