import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";

const DOCKER_SOCKET = "/var/run/docker.sock";

/** A Docker Engine that can be asked. */
export interface Client {
  readonly docker: Docker;
  /** As a URL, for messages. */
  readonly address: string;
}

/** Where Docker is: as the task says, as the environment says, at its usual place, or at Podman's. */
export function addressOf(host: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = host ?? (env.DOCKER_HOST || undefined);
  if (named !== undefined) return named.includes("://") ? named : `tcp://${named}`;
  const podman = env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, "podman/podman.sock");
  return `unix://${podman && !existsSync(DOCKER_SOCKET) && existsSync(podman) ? podman : DOCKER_SOCKET}`;
}

/** Doesn't connect yet. Throws when the address is none, or a certificate that it needs can't be read. */
export async function openClient(address: string, env: NodeJS.ProcessEnv): Promise<Client> {
  const { default: Dockerode } = await import("dockerode");
  // What is left out here it would take from DOCKER_HOST, which the task may have replaced.
  const nothing = { socketPath: undefined, host: undefined, port: undefined, ca: undefined, cert: undefined };
  const options = { ...nothing, key: undefined, username: undefined, ...optionsOf(address, env) };
  return { docker: new Dockerode(options as Docker.DockerOptions), address };
}

/** Which Docker Engine answers in an environment, and where. Rejects when none does. */
export async function dockerVersion(env: NodeJS.ProcessEnv): Promise<string> {
  const { docker, address } = await openClient(addressOf(undefined, env), env);
  const { Version, Os, Arch } = await docker.version();
  return `${Version}, ${Os} ${Arch}, at ${address}`;
}

function optionsOf(address: string, env: NodeJS.ProcessEnv): Docker.DockerOptions {
  const url = new URL(address);
  const { hostname: host, port, username } = url;
  switch (url.protocol) {
    case "unix:":
      return { socketPath: decodeURIComponent(url.pathname), protocol: "http" };
    case "ssh:":
      return {
        protocol: "ssh",
        host,
        port: port || 22,
        ...(username === "" ? {} : { username }),
        sshOptions: env.SSH_AUTH_SOCK === undefined ? {} : { agent: env.SSH_AUTH_SOCK },
      };
    default: {
      const tls = url.protocol === "https:" || (url.protocol === "tcp:" && (env.DOCKER_TLS_VERIFY || port === "2376"));
      if (!tls) return { protocol: "http", host, port: port || 2375 };
      const folder = env.DOCKER_CERT_PATH;
      const pem = (name: string): string => readFileSync(join(folder ?? "", `${name}.pem`), "utf8");
      const certificates = folder ? { ca: pem("ca"), cert: pem("cert"), key: pem("key") } : {};
      return { protocol: "https", host, port: port || 2376, ...certificates };
    }
  }
}
