import { resolve } from "node:path";
import type Docker from "dockerode";
import type { JsonObject, JsonValue } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";

/** What `$ENGINE_OUTPUT` names in a container. */
const OUTPUT_TARGET = "/engine/output";
/** Docker counts processors in billionths. */
const NANO = 1e9;

/** By these an engine finds the container of an attempt again. */
export function labelsOf({ work, outside }: AttemptHost): Readonly<Record<string, string>> {
  return {
    "engine.data": outside.data,
    "engine.run": work.run_id,
    "engine.task": work.key,
    "engine.attempt": String(work.attempt),
  };
}

/** The container of an attempt as Docker is to make it. `output`: the file that its outputs go to. */
export function containerOptions(host: AttemptHost, output: string): Docker.ContainerCreateOptions {
  const { config, env, run_id, key, attempt, cwd } = host.work;
  const own: Docker.MountSettings = { Type: "bind", Source: output, Target: OUTPUT_TARGET };
  const mounts = (config.mounts ?? []) as readonly JsonObject[];
  const { platform, entrypoint, command, user, workdir, network, memory, cpus, gpus } = config;
  return {
    // Docker allows no brackets in a name.
    name: `engine-${run_id}-${key.replace(/\[(\d+)\]$/, ".$1")}-${attempt}`,
    Image: String(config.image),
    ...(platform === undefined ? {} : { platform: String(platform) }),
    ...(entrypoint === undefined ? {} : { Entrypoint: words(entrypoint) }),
    ...(command === undefined ? {} : { Cmd: words(command) }),
    Env: Object.entries({ ...env, ENGINE_OUTPUT: OUTPUT_TARGET }).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(host),
    ...(user === undefined ? {} : { User: String(user) }),
    ...(workdir === undefined ? {} : { WorkingDir: String(workdir) }),
    HostConfig: {
      Mounts: [...mounts.map((mount) => mountOf(mount, cwd)), own],
      ...(network === undefined ? {} : { NetworkMode: String(network) }),
      ...(memory === undefined ? {} : { Memory: bytesOf(String(memory)) }),
      ...(cpus === undefined ? {} : { NanoCpus: Math.round(Number(cpus) * NANO) }),
      ...(gpus === undefined ? {} : { DeviceRequests: [gpuRequest(gpus)] }),
      Ulimits: Object.entries((config.ulimits ?? {}) as JsonObject).map(([name, limit]) => ulimitOf(name, limit)),
    },
  };
}

function words(value: JsonValue): string[] {
  return (value as readonly JsonValue[]).map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
}

function mountOf({ type, source, target, read_only, size }: JsonObject, cwd: string): Docker.MountSettings {
  const Target = String(target);
  if (type === "tmpfs") {
    // Its options can't be given in part: 1777 is what a folder for everybody has.
    const limit = size === undefined ? {} : { TmpfsOptions: { SizeBytes: bytesOf(String(size)), Mode: 0o1777 } };
    return { Type: "tmpfs", Source: "", Target, ...limit };
  }
  const ReadOnly = read_only === true;
  if (type === "volume") return { Type: "volume", Source: String(source), Target, ReadOnly };
  return { Type: "bind", Source: resolve(cwd, String(source)), Target, ReadOnly };
}

/** `512m` in bytes; NaN when it is no size, which an expression may give. */
function bytesOf(size: string): number {
  const [, number, unit = ""] = /^([1-9][0-9]*)([bkmg])$/i.exec(size) ?? [];
  return Number(number) * 1024 ** "bkmg".indexOf(unit.toLowerCase());
}

function gpuRequest(gpus: JsonValue): Docker.DeviceRequest {
  return { Driver: "", Count: gpus === "all" ? -1 : Number(gpus), Capabilities: [["gpu"]] };
}

function ulimitOf(Name: string, limit: JsonValue | undefined): Docker.Ulimit {
  if (typeof limit === "number") return { Name, Soft: limit, Hard: limit };
  const { soft, hard } = limit as JsonObject;
  return { Name, Soft: Number(soft), Hard: Number(hard) };
}

/** What is wrong with values that expressions gave, and that no check could see before. */
export function valueProblem({ memory, cpus, gpus, mounts = [] }: JsonObject): string | undefined {
  const sizes = [memory, ...(mounts as readonly JsonObject[]).map(({ size }) => size)];
  const size = sizes.find((one) => one !== undefined && Number.isNaN(bytesOf(String(one))));
  if (size !== undefined) return `${JSON.stringify(size)} is no size: write a whole number with b, k, m or g, as 512m`;
  if (cpus !== undefined && !(Number(cpus) > 0)) return `cpus is ${JSON.stringify(cpus)}, and must be a number above 0`;
  const counted = Number.isInteger(Number(gpus)) && Number(gpus) > 0;
  if (gpus !== undefined && gpus !== "all" && !counted) {
    return `gpus is ${JSON.stringify(gpus)}, and must be a whole number above 0, or all`;
  }
  return undefined;
}
