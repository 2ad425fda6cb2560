import type { Failure } from "../../core/index.ts";
import type { JsonObject } from "../../lib/index.ts";
import type { AttemptHost } from "../operator.ts";
import type { Client } from "./client.ts";
import { failureOf, PullError, statusOf } from "./failure.ts";

/** Between two lines that say how far a pull is. */
const PROGRESS_EVERY_MS = 5_000;
const MB = 1_000_000;
/** The registry of an image that names none. */
const HUB = "docker.io";

/** What an image's name is made of. The rest of its rules Docker knows. */
const IMAGE = /^[a-zA-Z0-9][\w.:@/-]*$/;

/** What Docker says in the course of a pull, a JSON object a line. */
interface PullEvent {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Sees to it that the image is there, as `pull` says; or says why it isn't. */
export async function provideImage({ docker, address }: Client, host: AttemptHost): Promise<Failure | undefined> {
  const { config, connection } = host.work;
  const image = String(config.image);
  const platform = config.platform as string | undefined;
  const refusal = IMAGE.test(image)
    ? connection && wrongRegistry(image, connection)
    : `${JSON.stringify(image)} can't be an image: write it as \`registry.example.com/name:tag\``;
  if (refusal !== undefined) return { reason: "refused", message: refusal, final: true };
  try {
    if (config.pull === "never" || (config.pull === "missing" && (await isThere(docker, image, platform)))) return;
    const stream = await docker.pull(tagged(image), {
      ...(platform === undefined ? {} : { platform }),
      ...(connection === undefined ? {} : { authconfig: credentials(connection) }),
      abortSignal: host.signal,
    });
    await follow(stream, image, host);
    return undefined;
  } catch (error) {
    return failureOf(error, `pull the image ${image}`, address);
  }
}

async function isThere(docker: Client["docker"], image: string, platform: string | undefined): Promise<boolean> {
  try {
    const { Os, Architecture } = await docker.getImage(image).inspect();
    return platform === undefined || platform.split("/").slice(0, 2).join("/") === `${Os}/${Architecture}`;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** Without a tag all of them would be pulled. */
function tagged(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return name.includes(":") || name.includes("@") ? image : `${image}:latest`;
}

function credentials({ server = HUB, username, password }: JsonObject): object {
  // The name under which Docker Hub is known to Docker since its beginnings.
  const serveraddress = server === HUB ? "https://index.docker.io/v1/" : server;
  return { username, password, serveraddress };
}

/** Docker would send the password to whichever registry the image names. */
function wrongRegistry(image: string, { server = HUB }: JsonObject): string | undefined {
  const [first = "", ...rest] = image.split("/");
  const registry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : HUB;
  if (registry === server) return undefined;
  return `the connection is for the registry ${server}, and the image ${image} is in ${registry}: its password is not sent there`;
}

async function follow(stream: NodeJS.ReadableStream, image: string, host: AttemptHost): Promise<void> {
  const began_at = host.now();
  let told_at = began_at;
  let rest = "";
  const layers = new Map<string, { done: boolean; current: number; total: number }>();
  host.log(`pulling the image ${image}`);
  const take = (line: string): void => {
    const { id, status = "", error, progressDetail = {} } = JSON.parse(line) as PullEvent;
    if (error !== undefined) throw new PullError(error);
    // Other events have the tag as their id.
    if (id !== undefined && /^[0-9a-f]{12}$/.test(id)) {
      const { done = false, current = 0, total = 0 } = layers.get(id) ?? {};
      // Each layer is extracted after its download, and counts its bytes anew.
      const counts = status === "Downloading" && progressDetail.total !== undefined;
      layers.set(id, {
        done: done || /^(?:Pull complete|Already exists)/.test(status),
        current: counts ? (progressDetail.current ?? 0) : status === "Download complete" ? total : current,
        total: counts ? (progressDetail.total ?? 0) : total,
      });
    }
    if (host.now() < told_at + PROGRESS_EVERY_MS) return;
    told_at = host.now();
    host.log(`pulling the image ${image}: ${progressOf([...layers.values()])}`);
  };
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") take(line);
  }
  if (rest.trim() !== "") take(rest);
  host.log(`pulled the image ${image} in ${Math.round((host.now() - began_at) / 1_000)} s`);
}

function progressOf(layers: readonly { done: boolean; current: number; total: number }[]): string {
  const done = layers.filter((layer) => layer.done).length;
  const sum = (key: "current" | "total"): number => layers.reduce((all, layer) => all + layer[key], 0);
  const bytes = `${Math.round(sum("current") / MB)} of ${Math.round(sum("total") / MB)} MB`;
  return `${done} of ${layers.length} layers are there, ${bytes} downloaded`;
}
