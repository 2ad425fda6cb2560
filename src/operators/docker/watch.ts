import { addAbortSignal, type Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import type { AttemptHost } from "../operator.ts";
import type { Client } from "./client.ts";
import { isUnreachable, statusOf, textOf } from "./failure.ts";
import { type LogConnection, LogTail } from "./log-tail.ts";

/** Docker that doesn't answer, for it is just restarted perhaps, is asked this often before it is given up … */
const TRIES = 30;
/** … with this between two times, in milliseconds. */
const TRY_EVERY_MS = 1_000;
/** When a container has ended, its log ends within this time, or is asked for anew. */
const LOG_REST_MS = 5_000;

/** A container that is just started, stopped or restarted is looked at again after this long. */
const LOOK_AGAIN_MS = 100;

/** How a container was last seen. */
export type Watched =
  | { readonly type: "ended"; readonly state: Docker.ContainerInspectInfo["State"] }
  /** Somebody else removed it. */
  | { readonly type: "gone" }
  /** Docker can't be asked any more. */
  | { readonly type: "unreachable"; readonly error: unknown }
  /** This engine has let go of it. */
  | { readonly type: "detached" };

/** Asks Docker, again and again while it can't be reached. Rejects with the last error, or one that Docker answered with. */
export async function persist<T>(host: AttemptHost, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnreachable(error) || tries >= TRIES || host.outside.detachSignal.aborted) throw error;
      if (tries === 1) host.log(`Docker doesn't answer (${textOf(error)}): it is asked again`);
      await delay(TRY_EVERY_MS);
    }
  }
}

/** Brings the output of a container that was started into the log, and resolves when it has ended. Stops it when the attempt is to end. */
export async function watch({ docker }: Client, id: string, host: AttemptHost): Promise<Watched> {
  const { detachSignal, killSignal } = host.outside;
  const container = docker.getContainer(id);
  const tail = new LogTail((stream) => host.outside.outputMark(stream));
  const over = new AbortController();
  const once = { once: true, signal: AbortSignal.any([over.signal, detachSignal]) };
  const stop = (): void => void stopContainer(container, host, over.signal);
  const kill = (): void => void killContainer(container, host);
  if (host.signal.aborted) stop();
  else host.signal.addEventListener("abort", stop, once);
  if (killSignal.aborted) kill();
  else killSignal.addEventListener("abort", kill, once);
  try {
    for (;;) {
      const { State } = await persist(host, () => container.inspect());
      if (detachSignal.aborted) return { type: "detached" };
      const status: string = State.Status;
      // Somebody is removing it: what its state says is not how it ended.
      if (status === "dead" || status === "removing") return { type: "gone" };
      if (status === "exited" || status === "stopped") {
        await readRest(container, tail, host);
        return { type: "ended", state: State };
      }
      // On the way from one state to the next, it has no exit code yet.
      if (!State.Running) await delay(LOOK_AGAIN_MS);
      else await follow(container, tail, host);
      if (detachSignal.aborted) return { type: "detached" };
    }
  } catch (error) {
    if (detachSignal.aborted) return { type: "detached" };
    if (statusOf(error) === 404) return { type: "gone" };
    if (isUnreachable(error)) return { type: "unreachable", error };
    throw error;
  } finally {
    over.abort();
  }
}

/** Follows the log until the container ends, or the connection. Never rejects: whoever looks next finds out. */
async function follow(container: Docker.Container, tail: LogTail, host: AttemptHost): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, host.outside.detachSignal]);
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(nothing);
  const ended = container.wait({ abortSignal: signal }).then(nothing, () => pause(TRY_EVERY_MS));
  const logged = readLog(container, tail.connect(), host, signal).catch(nothing);
  await Promise.race([ended, logged]);
  // One that is over is soon followed by the other, unless it was cut off.
  await Promise.race([Promise.all([ended, logged]), pause(LOG_REST_MS)]);
  done.abort();
}

/** What is left of the log of a container that has ended. What it did counts even when that can't be read. */
async function readRest(container: Docker.Container, tail: LogTail, host: AttemptHost): Promise<void> {
  const connection = tail.connect();
  const { detachSignal } = host.outside;
  try {
    await readLog(container, connection, host, detachSignal);
    host.outside.output(connection.end());
  } catch (error) {
    if (!detachSignal.aborted) host.log(`the end of the container's log is missing: ${textOf(error)}`);
  }
}

async function readLog(
  container: Docker.Container,
  connection: LogConnection,
  host: AttemptHost,
  signal: AbortSignal,
): Promise<void> {
  const { since } = connection;
  const options = { stdout: true, stderr: true, timestamps: true, follow: true, since, abortSignal: signal } as const;
  const stream = (await container.logs(options)) as Readable;
  for await (const chunk of addAbortSignal(signal, stream)) host.outside.output(connection.push(chunk));
}

function nothing(): void {}

/** The daemon keeps the grace, so that it is kept even when this engine ends. */
async function stopContainer(container: Docker.Container, host: AttemptHost, over: AbortSignal): Promise<void> {
  const grace_s = Math.ceil(host.work.grace_ms / 1_000);
  host.log(`the attempt is stopped (${host.stopReason}): SIGTERM now, SIGKILL after ${grace_s} s`);
  await insist(() => container.stop({ t: grace_s, abortSignal: host.outside.detachSignal }), host, over);
}

async function killContainer(container: Docker.Container, host: AttemptHost): Promise<void> {
  await insist(() => container.kill({ signal: "SIGKILL" }), host, host.outside.detachSignal);
}

/** Repeats what must not be left undone until Docker has answered. Never rejects. */
async function insist(ask: () => Promise<unknown>, host: AttemptHost, over: AbortSignal): Promise<void> {
  while (!over.aborted && !host.outside.detachSignal.aborted) {
    try {
      await ask();
      return;
    } catch (error) {
      // It has ended meanwhile, or is gone.
      if ([304, 404, 409].includes(statusOf(error) ?? 0)) return;
      await delay(TRY_EVERY_MS);
    }
  }
}
