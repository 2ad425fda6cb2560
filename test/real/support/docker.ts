import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import Docker from "dockerode";
import { afterAll, beforeAll } from "vitest";
import { until } from "../../support/local-world.ts";
import { leftOut, need } from "./need.ts";

/** A small image with a shell and the usual tools. */
export const IMAGE = "engine-test:1";

const SOCKET = "/var/run/docker.sock";
/** No network: none of its own making, for not every machine that tests run on can have one. */
const FLAGS = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"];

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

/** What a daemon of these tests may fill. */
const ROOM_BYTES = 2 ** 30;

/** In memory where there is room: Docker waits for the disk several times for each container. */
function roomiest(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= ROOM_BYTES ? memory : tmpdir();
}

/** A daemon in a folder of its own, which goes with it. */
function ownDocker(): RealDocker {
  const folder = mkdtempSync(join(roomiest(), "engine-docker-"));
  const at = (name: string): string => join(folder, name);
  const socket = at("docker.sock");
  const client = new Docker({ socketPath: socket });
  const paths = [
    "--data-root",
    at("root"),
    "--exec-root",
    at("exec"),
    "--pidfile",
    at("pid"),
    "-H",
    `unix://${socket}`,
  ];
  const start = () => {
    const log = openSync(at("log"), "a");
    const daemon = spawn("dockerd", [...FLAGS, ...paths], { stdio: ["ignore", log, log] });
    closeSync(log);
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    return { daemon, ended };
  };
  let current: ReturnType<typeof start> | undefined;
  // Not before: of a file that can't be loaded, nothing is ended.
  beforeAll(() => {
    current = start();
  });
  const end = async (): Promise<void> => {
    current?.daemon.kill("SIGTERM");
    await current?.ended;
  };
  afterAll(async () => {
    for (const { Id } of await client.listContainers({ all: true }))
      await client.getContainer(Id).remove({ force: true });
    await end();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    found: true,
    host: `unix://${socket}`,
    client,
    provide: (name) => provide(client, name),
    async restart(meanwhile) {
      await end();
      await meanwhile?.();
      current = start();
      await until("Docker answers again", () => answers(client));
    },
  };
}

async function answers(client: Docker): Promise<boolean> {
  return await client.ping().then(
    () => true,
    () => false,
  );
}

/** Files of a system with nothing but busybox, as a tar. */
export function busyboxTar(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "engine-image-"));
  try {
    // What becomes the container's root is for every user.
    chmodSync(folder, 0o755);
    for (const name of ["bin", "tmp", "etc"]) mkdirSync(join(folder, name));
    const busybox = execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim();
    execFileSync("cp", [busybox, join(folder, "bin/busybox")]);
    const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(folder, "bin", applet));
    return execFileSync("tar", ["-C", folder, "-c", "."], { maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importImage(client: Docker): Promise<void> {
  const [repo = "", tag = ""] = IMAGE.split(":");
  const stream = await client.importImage(Readable.from([busyboxTar()]), { repo, tag, changes: "ENV PATH=/bin" });
  for await (const _ of stream);
}
