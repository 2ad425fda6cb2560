import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import type { AttemptOutcome, Failure } from "../../core/index.ts";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { exitCodeMeaning, SKIP_EXIT_CODE } from "../code/exit-code.ts";
import type { AttemptHost, Operator } from "../operator.ts";
import { addressOf, type Client, openClient } from "./client.ts";
import { containerOptions, labelsOf, valueProblem } from "./container.ts";
import { docs } from "./docs.ts";
import { failureOf, isCutOff, isUnreachable, statusOf, textOf } from "./failure.ts";
import { provideImage } from "./image.ts";
import { schema } from "./schema.ts";
import { persist, type Watched, watch } from "./watch.ts";
import { splitWords } from "./words.ts";

/** Runs one container through the Docker Engine API; it outlives the engine. */
export const docker: Operator = {
  name: "docker",
  summary: "Runs a container",
  docs,
  schema,
  normalise(value) {
    const config = typeof value === "string" ? { image: value } : (value as JsonObject);
    const split = (words: JsonValue): JsonValue => (typeof words === "string" ? splitWords(words) : words);
    return {
      pull: "missing",
      skip_exit_code: SKIP_EXIT_CODE,
      ...config,
      ...(config.command === undefined ? {} : { command: split(config.command) }),
      ...(config.entrypoint === undefined ? {} : { entrypoint: split(config.entrypoint) }),
    };
  },
  outputs_hint: "leave `value` out, and write `NAME=VALUE` to the file `$ENGINE_OUTPUT` in the container",
  shell_keys: [],
  secret_keys: [],
  expression_keys: [],
  connections: ["docker_registry"],
  branch: false,
  start,
  adopt,
};

/** What Docker can't remove now, because it is being removed or is in use, is tried to be removed this often … */
const REMOVALS = 5;
/** … with this between two times, in milliseconds. */
const REMOVAL_EVERY_MS = 500;

/** The engine has let go of the attempt: nobody reads this. */
const DETACHED: AttemptOutcome = { state: "lost", message: "this engine has let go of it" };

async function start(host: AttemptHost): Promise<AttemptOutcome> {
  const { detachSignal } = host.outside;
  const problem = valueProblem(host.work.config);
  if (problem !== undefined) return failed({ reason: "expression_failed", message: problem, final: true });
  const client = await open(host);
  if (!("docker" in client)) return failed(client);
  const refusal = await provideImage(client, host);
  if (detachSignal.aborted) return DETACHED;
  if (host.stopReason !== undefined) return stoppedEarly(host);
  if (refusal !== undefined) return failed(refusal);
  let output: string;
  try {
    output = host.outside.outputFile();
  } catch (error) {
    return failed({ reason: "spawn_failed", message: `the file for outputs can't be made: ${textOf(error)}` });
  }
  if (host.work.attempt > 1) await removeEarlier(client, host);
  let id: string | undefined;
  try {
    ({ id } = await client.docker.createContainer(containerOptions(host, output)));
  } catch (error) {
    if (textOf(error).includes(output)) return failed(unseen(client, host));
    // Docker went away before it had answered: perhaps after it had made it.
    if (isCutOff(error)) id = (await findOwn(client, host).catch(() => undefined))?.Id;
    if (detachSignal.aborted) return DETACHED;
    if (id === undefined) {
      return failed(failureOf(error, `make the container from ${host.work.config.image}`, client.address));
    }
  }
  return begin(client, id, host);
}

/** The attempt's container, whatever its state. Rejects when Docker can't be asked. */
async function findOwn({ docker: client }: Client, host: AttemptHost): Promise<Docker.ContainerInfo | undefined> {
  const label = Object.entries(labelsOf(host)).map(([name, value]) => `${name}=${value}`);
  const [found] = await persist(host, () => client.listContainers({ all: true, filters: { label } }));
  return found;
}

/** Containers of earlier attempts that were given up while Docker didn't answer: they may run still. */
async function removeEarlier(client: Client, host: AttemptHost): Promise<void> {
  const { "engine.attempt": _, ...labels } = labelsOf(host);
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const earlier = await client.docker.listContainers({ all: true, filters: { label } }).catch(() => []);
  for (const { Id } of earlier) await remove(client, Id, host);
}

/** Looks for the attempt's container by its labels, and goes on with it. */
async function adopt(host: AttemptHost): Promise<AttemptOutcome> {
  const { detachSignal } = host.outside;
  const client = await open(host);
  if (!("docker" in client)) return { state: "lost", message: client.message };
  try {
    const found = await findOwn(client, host);
    if (detachSignal.aborted) return DETACHED;
    if (found === undefined) {
      return {
        state: "lost",
        message: "the engine ended, and there is no container of this attempt: it was not started, or it was removed",
      };
    }
    // It was made, and nothing has run in it.
    if (found.State === "created") return await begin(client, found.Id, host);
    return await carryOn(client, found.Id, host);
  } catch (error) {
    const { message } = failureOf(error, "find the container again", client.address);
    return { state: "lost", message };
  }
}

/** Docker would mount the file for outputs, and where it runs there is none. */
function unseen({ address }: Client, { outside }: AttemptHost): Failure {
  const what = `Docker at ${address} can't see the engine's data folder ${outside.data}, where the outputs go`;
  const advice = "share that folder with it under the same path, or set `data` in engine.yaml to one that both see";
  return {
    reason: "not_found",
    message: `${what} (is one of the two elsewhere, or in a container?): ${advice}`,
    final: true,
  };
}

async function open(host: AttemptHost): Promise<Client | Failure> {
  const address = addressOf(host.work.config.host as string | undefined, process.env);
  try {
    return await openClient(address, process.env);
  } catch (error) {
    const message = `Docker can't be reached at ${address}: ${textOf(error)}`;
    return { reason: "connection_failed", message, final: true };
  }
}

/** Starts a container that was made. */
async function begin(client: Client, id: string, host: AttemptHost): Promise<AttemptOutcome> {
  if (host.outside.detachSignal.aborted) return DETACHED;
  if (host.stopReason !== undefined) {
    await remove(client, id, host);
    return stoppedEarly(host);
  }
  try {
    await client.docker.getContainer(id).start();
  } catch (error) {
    if (host.outside.detachSignal.aborted) return DETACHED;
    // 304: an earlier engine has started it just now.
    if (statusOf(error) !== 304) {
      const failure = failureOf(error, "start the container", client.address);
      await remove(client, id, host);
      return failed(failure);
    }
  }
  return carryOn(client, id, host);
}

/** Waits for the end of a container that was started. */
async function carryOn(client: Client, id: string, host: AttemptHost): Promise<AttemptOutcome> {
  const watched = await watch(client, id, host);
  if (watched.type === "detached") return DETACHED;
  if (watched.type === "gone") {
    // What is left of it, where Docker itself went away in the middle.
    await remove(client, id, host);
    return { state: "lost", message: "somebody removed the container, so nobody knows how it ended" };
  }
  if (watched.type === "unreachable") {
    const { message } = failureOf(watched.error, "tell of the container", client.address);
    return { state: "lost", message: `${message}. The container ${id.slice(0, 12)} may be running still` };
  }
  const outcome = await outcomeOf(watched, host);
  await remove(client, id, host);
  return outcome;
}

async function outcomeOf({ state }: Extract<Watched, { type: "ended" }>, host: AttemptHost): Promise<AttemptOutcome> {
  const { config } = host.work;
  const { ExitCode: exit_code, OOMKilled, Error: problem } = state;
  if (exit_code === config.skip_exit_code) {
    return { state: "skipped", message: `the container ended with exit code ${exit_code}` };
  }
  if (exit_code === 0) {
    const read = await host.readOutputs();
    return read.ok
      ? { state: "success", outputs: read.outputs }
      : failed({ reason: "output_invalid", message: read.message });
  }
  const how = `ended with exit code ${exit_code}`;
  switch (host.stopReason) {
    case "timeout":
      return failed({ reason: "timeout", message: `the container took longer than its timeout and ${how}`, exit_code });
    case "cancelled":
      return failed({ reason: "cancelled", message: `the container was cancelled and ${how}`, exit_code });
    case undefined: {
      if (OOMKilled) {
        const limit = config.memory === undefined ? "the memory of its host" : `its memory of ${config.memory}`;
        return failed({
          reason: "out_of_memory",
          message: `the container needed more than ${limit} and was killed`,
          exit_code,
        });
      }
      const meaning = problem || exitCodeMeaning(exit_code);
      return failed({ reason: "exit_code", message: `the container ${how}${meaning && `: ${meaning}`}`, exit_code });
    }
  }
}

/** With its unnamed volumes. What can't be removed is no failure of the task. */
async function remove({ docker: client }: Client, id: string, host: AttemptHost): Promise<void> {
  for (let tries = 1; !host.outside.detachSignal.aborted; tries++) {
    try {
      return await persist(host, () => client.getContainer(id).remove({ force: true, v: true }));
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return;
      if (status !== undefined && tries < REMOVALS) {
        await delay(REMOVAL_EVERY_MS);
        continue;
      }
      // Somebody is removing it.
      if (status === 409) return;
      const why = isUnreachable(error) ? "Docker doesn't answer" : textOf(error);
      host.log(`the container could not be removed (${why}): \`docker rm -f ${id.slice(0, 12)}\` does it`);
      return;
    }
  }
}

function stoppedEarly(host: AttemptHost): AttemptOutcome {
  const reason = host.stopReason ?? "cancelled";
  return failed({ reason, message: `the attempt was stopped (${reason}) before its container had started` });
}

function failed(failure: Failure): AttemptOutcome {
  return { state: "failed", failure };
}
