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
import { until } from "./until.ts";

/** A small image with a shell and the usual tools. */
export const IMAGE = "engine-test:1";

/** No network: none of its own making, for not every machine that tests run on can have one. */
const FLAGS = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"];
/** What a Docker of these tests may fill. */
const ROOM_BYTES = 2 ** 30;

/** A Docker in a folder of its own, which goes with it. Only root can have one. */
export class DockerEngine {
  /** As `host` and DOCKER_HOST have it. */
  readonly host: string;
  readonly client: Docker;
  readonly #folder: string;
  #current: { readonly kill: (signal: NodeJS.Signals) => void; readonly ended: Promise<unknown> } | undefined;

  constructor() {
    this.#folder = mkdtempSync(join(roomiest(), "engine-docker-"));
    this.host = `unix://${this.#at("docker.sock")}`;
    this.client = new Docker({ socketPath: this.#at("docker.sock") });
  }

  /** Starts it, on what the one before it left. */
  start(): void {
    const paths = ["--data-root", this.#at("root"), "--exec-root", this.#at("exec"), "--pidfile", this.#at("pid")];
    const log = openSync(this.#at("log"), "a");
    const daemon = spawn("dockerd", [...FLAGS, ...paths, "-H", this.host], { stdio: ["ignore", log, log] });
    closeSync(log);
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    this.#current = { kill: (signal) => daemon.kill(signal), ended };
  }

  /** Resolves once it answers. */
  answers(): Promise<void> {
    return until("Docker answers", () => answers(this.client));
  }

  async stop(): Promise<void> {
    this.#current?.kill("SIGTERM");
    await this.#current?.ended;
    this.#current = undefined;
  }

  /** Ends it with all that is in it. */
  async remove(): Promise<void> {
    for (const { Id } of await this.client.listContainers({ all: true }))
      await this.client.getContainer(Id).remove({ force: true });
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}

/** In memory where there is room: Docker waits for the disk several times for each container. */
function roomiest(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= ROOM_BYTES ? memory : tmpdir();
}

export async function answers(client: Docker): Promise<boolean> {
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

/** Sees to it that `IMAGE` is there. */
export async function importImage(client: Docker): Promise<void> {
  const [repo = "", tag = ""] = IMAGE.split(":");
  const stream = await client.importImage(Readable.from([busyboxTar()]), { repo, tag, changes: "ENV PATH=/bin" });
  for await (const _ of stream);
}
