import { readFileSync, statSync } from "node:fs";
import type { Failure, FailureReason } from "../../core/index.ts";

/** Of what Docker says, a message shows this much. */
const SHOWN_LENGTH_MAX = 600;

/** What went wrong between us and Docker, as its client throws it. */
interface ClientError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | null;
}

/** The HTTP status that Docker answered with; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as ClientError).statusCode;
}

/** What Docker said, or the system. */
export function textOf(error: unknown): string {
  const { json, message } = error as ClientError;
  const text = (json?.message ?? message ?? String(error)).trim();
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)} …` : text;
}

/** Docker could not be asked: another attempt may find it. */
export function isUnreachable(error: unknown): boolean {
  return statusOf(error) === undefined && !(error instanceof PullError);
}

/** Whether the connection broke after Docker may have heard what was asked. */
export function isCutOff(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return isUnreachable(error) && code !== "ECONNREFUSED" && code !== "ENOENT";
}

/** An error that came in the course of a pull, after Docker had said that it begins. */
export class PullError extends Error {}

/** What a failure is called, and what to do. The first that fits counts. */
interface Known {
  readonly pattern: RegExp;
  readonly reason: FailureReason;
  readonly final: boolean;
  readonly advice: string;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /toomanyrequests|rate limit/i,
    reason: "refused",
    final: false,
    advice: "log in with a `connection`, or pull it through a mirror",
  },
  {
    pattern: /no matching manifest|does not match the (?:specified|detected) (?:host )?platform/i,
    reason: "not_found",
    final: true,
    advice: "the image is not made for this system and processor: set `platform` to one that it has",
  },
  {
    pattern: /unauthorized|access denied|denied:|authentication required|no basic auth|incorrect username or password/i,
    reason: "refused",
    final: true,
    advice: "check the image's name; if it is private, give a `connection` of the type docker_registry",
  },
  {
    pattern: /no such image|manifest unknown|manifest for .* not found|name unknown|repository .* not found/i,
    reason: "not_found",
    final: true,
    advice: "check the image's name and tag",
  },
  {
    pattern: /invalid reference format|repository name must/i,
    reason: "refused",
    final: true,
    advice: "write the image as `registry.example.com/name:tag`",
  },
  {
    pattern: /bind source path does not exist|bind mount source|stat [^:]+: no such file or directory/i,
    reason: "not_found",
    final: true,
    advice: "make it on the machine that Docker runs on, or mend `source` under `mounts`",
  },
  {
    pattern: /not a directory: unknown|mount a directory onto a file/i,
    reason: "refused",
    final: true,
    advice: "a file can only be mounted on a file, and a folder on a folder",
  },
  {
    pattern: /network .*not found|no such network/i,
    reason: "not_found",
    final: true,
    advice: "make it with `docker network create`, or mend `network`",
  },
  {
    pattern: /executable file not found|exec: "?[^"]*"?: (?:stat|no such file)|no such file or directory: unknown/i,
    reason: "not_found",
    final: true,
    advice: "the image has no such program: mend `command` or `entrypoint`",
  },
  {
    pattern: /exec format error/i,
    reason: "refused",
    final: true,
    advice: "the program is for another processor: set `platform`, or use an image for this one",
  },
  {
    pattern: /no command specified/i,
    reason: "refused",
    final: true,
    advice: "the image brings no command: give one under `command`",
  },
  {
    pattern: /unable to find (?:user|group)|no matching entries in/i,
    reason: "not_found",
    final: true,
    advice: "the image has no such user or group: write its number under `user`",
  },
  {
    pattern: /could not select device driver|nvidia-container/i,
    reason: "refused",
    final: true,
    advice: "Docker can't hand GPUs on: install the NVIDIA Container Toolkit, or leave `gpus` out",
  },
  {
    pattern: /no such host|server misbehaving/i,
    reason: "dns_failed",
    final: false,
    advice: "check the registry's name, and the network of the machine that Docker runs on",
  },
  {
    pattern: /x509|certificate|http response to https/i,
    reason: "tls_failed",
    final: false,
    advice: "Docker doesn't trust the registry's certificate",
  },
  {
    pattern: /dial tcp|i\/o timeout|connection (?:refused|reset)|TLS handshake timeout|Client\.Timeout|: EOF$/i,
    reason: "connection_failed",
    final: false,
    advice: "Docker can't reach the registry: check its name, and the network of the machine that Docker runs on",
  },
  {
    pattern: /no space left/i,
    reason: "refused",
    final: false,
    advice: "make room, for example with `docker system prune`",
  },
];

/** What a failure is called that Docker, or the way to it, gave. `doing` says what was asked: "start the container". */
export function failureOf(error: unknown, doing: string, address: string): Failure {
  const status = statusOf(error);
  if (isUnreachable(error)) return unreachable(error as ClientError, address);
  const text = textOf(error);
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  const message = `Docker could not ${doing}: ${text}${known === undefined ? "" : `; ${known.advice}`}`;
  // A request that is wrong stays wrong; a server's error may pass.
  const final = known?.final ?? (status !== undefined && status < 500);
  return {
    reason: known?.reason ?? "refused",
    message,
    ...(status === undefined ? {} : { status }),
    ...(final ? { final } : {}),
  };
}

function unreachable(error: ClientError, address: string): Failure {
  const start = "start it with `sudo systemctl start docker`, or Podman's with `systemctl --user start podman.socket`";
  const other = "or say where it is with `host` or DOCKER_HOST";
  switch (error.code) {
    case "ENOENT":
      return { reason: "connection_failed", message: `there is no Docker at ${address}: ${start}, ${other}` };
    case "ECONNREFUSED":
      return { reason: "connection_failed", message: `Docker at ${address} doesn't answer: ${start}, ${other}` };
    case "EACCES":
    case "EPERM":
      return { reason: "connection_failed", message: mayNot(address), final: true };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { reason: "dns_failed", message: `the name of Docker's host in ${address} has no address` };
    default: {
      const tls = /^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(error.code ?? "");
      const reason = tls ? "tls_failed" : "connection_failed";
      return { reason, message: `Docker at ${address} can't be reached: ${textOf(error)}` };
    }
  }
}

function mayNot(address: string): string {
  const path = address.replace(/^unix:\/\//, "");
  const group = groupOf(path) ?? "docker";
  const advice = `add it to the group ${group} (\`sudo usermod -aG ${group} $USER\`) and log in again`;
  return `this user may not use Docker's socket ${path}: ${advice}. Who may use it can do everything that root can`;
}

/** The name of the group that a file belongs to, where it can be found out. */
function groupOf(path: string): string | undefined {
  try {
    const { gid } = statSync(path);
    const lines = readFileSync("/etc/group", "utf8").split("\n");
    return lines.map((line) => line.split(":")).find(([, , id]) => id === String(gid))?.[0];
  } catch {
    return undefined;
  }
}
