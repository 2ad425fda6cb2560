import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { JsonObject, JsonValue } from "../../../src/lib/index.ts";
import { pathOf } from "./need.ts";

/** The password of the user `engine`. */
const PASSWORD = "pa ss/w:rd@%";

/** A PostgreSQL server of its own, on a folder that goes with it. */
export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** As in engine.yaml, by TCP and with a password. */
  readonly connection: JsonObject;
  /** The same as an address. */
  readonly url: string;
  /** By its socket, without a password. */
  readonly socket: JsonObject;
  query(text: string, values?: readonly JsonValue[]): Promise<readonly JsonObject[]>;
  /** Resolves once a query gives a row. */
  untilRow(text: string): Promise<JsonObject>;
  stop(): Promise<void>;
}

/** Between two looks at something that sends no event. */
const LOOK_MS = 20;

export async function postgresServer(settings: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "engine-postgres-"));
  const as = serverUser();
  chownSync(folder, as.uid ?? process.getuid?.() ?? 0, as.gid ?? process.getgid?.() ?? 0);
  const data = join(folder, "data");
  const password = join(folder, "password");
  writeFileSync(password, PASSWORD, { mode: 0o644 });
  const init = ["-D", data, "-U", "engine", "--pwfile", password, "-E", "UTF8", "--no-locale", "--no-sync"];
  const auth = ["--auth-local=trust", "--auth-host=scram-sha-256"];
  execFileSync(pathOf("initdb"), [...init, ...auth], { ...as, cwd: folder, stdio: "pipe" });
  const port = await freePort();
  const options = ["fsync=off", `unix_socket_directories=${folder}`, "listen_addresses=127.0.0.1", ...settings];
  const server = spawn(
    pathOf("postgres"),
    ["-D", data, "-p", String(port), ...options.flatMap((option) => ["-c", option])],
    { ...as, cwd: folder, stdio: "ignore" },
  );
  const client = await connected(server, { host: folder, port, user: "engine", database: "postgres" });
  const query = async (text: string, values: readonly JsonValue[] = []) =>
    (await client.query<JsonObject>(text, [...values])).rows;
  return {
    port,
    folder,
    connection: { type: "postgres", host: "127.0.0.1", port, user: "engine", password: PASSWORD, database: "postgres" },
    url: `postgres://engine:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    socket: { type: "postgres", host: folder, port, user: "engine", database: "postgres" },
    query,
    async untilRow(text) {
      for (;;) {
        const [row] = await query(text);
        if (row !== undefined) return row;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    async stop() {
      client.on("error", () => {});
      await client.end();
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGQUIT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It refuses to run as root; its package brings a user for it. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

async function connected(server: ChildProcess, config: pg.ClientConfig): Promise<pg.Client> {
  for (;;) {
    const client = new pg.Client(config);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (server.exitCode !== null)
        throw new Error(`postgres ended with exit code ${server.exitCode}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
