import { createSocket, type Socket } from "node:dgram";

/** How tags are written, if at all: the receivers don't agree. */
export type TagDialect = "none" | "datadog" | "influxdb" | "graphite";

/** A receiver of StatsD, and how it is spoken to. */
export interface StatsdTarget {
  readonly host: string;
  readonly port: number;
  /** Begins every name, with a dot after it. */
  readonly prefix: string;
  readonly tags: TagDialect;
}

/** What fits into one packet on every network, in bytes. */
const PACKET_MAX_BYTES = 1_432;

/**
 * Sends measurements over UDP: nobody answers, and nobody waits. What comes within one turn goes together. A receiver that
 * is not there loses what was sent; that is told once, and once more when it is there again and gone again.
 */
export class StatsdClient {
  readonly #target: StatsdTarget;
  readonly #onTrouble: (message: string, cause: unknown) => void;
  readonly #socket: Socket;
  #lines: string[] = [];
  #isTroubled = false;

  constructor(target: StatsdTarget, onTrouble: (message: string, cause: unknown) => void) {
    this.#target = target;
    this.#onTrouble = onTrouble;
    this.#socket = createSocket({ type: target.host.includes(":") ? "udp6" : "udp4" });
    this.#socket.on("error", (error) => this.#troubled(error)).unref();
  }

  /** Sends one measurement. `path`: its whole name where there are no tags; by default, their values follow the name. */
  send(
    type: "c" | "g" | "ms",
    name: string,
    value: number,
    tags: Readonly<Record<string, string>> = {},
    path: readonly string[] = [name, ...Object.values(tags)],
  ): void {
    if (!Number.isFinite(value)) return;
    const { prefix, tags: dialect } = this.#target;
    const parts = dialect === "none" ? path.map((part) => (part === name ? name : partOf(part))) : [name];
    const [before, after] = taggedAs(dialect, Object.entries(tags));
    const full = [prefix, ...parts].filter((part) => part !== "").join(".");
    const write = (number: number): void => {
      if (this.#lines.push(`${full}${before}:${textOf(number)}|${type}${after}`) === 1) {
        setImmediate(() => this.#flush());
      }
    };
    // A number with a sign is a change: a gauge below nothing begins at nothing.
    if (type === "g" && value < 0) write(0);
    write(value);
  }

  close(): void {
    this.#flush();
    this.#lines = [];
    this.#socket.removeAllListeners("error").on("error", () => {});
    setImmediate(() => this.#socket.close());
  }

  #flush(): void {
    const lines = this.#lines;
    this.#lines = [];
    let packet = "";
    for (const line of lines) {
      if (packet !== "" && Buffer.byteLength(packet) + 1 + Buffer.byteLength(line) > PACKET_MAX_BYTES) {
        this.#emit(packet);
        packet = "";
      }
      packet = packet === "" ? line : `${packet}\n${line}`;
    }
    if (packet !== "") this.#emit(packet);
  }

  #emit(packet: string): void {
    this.#socket.send(packet, this.#target.port, this.#target.host, (error) => {
      if (error === null) this.#isTroubled = false;
      else this.#troubled(error);
    });
  }

  #troubled(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#onTrouble(`measurements can't be sent to ${this.#target.host}:${this.#target.port}`, error);
  }
}

/** What stands before the value, and at the end. */
function taggedAs(dialect: TagDialect, tags: readonly (readonly [string, string])[]): readonly [string, string] {
  const written = (equals: string): string[] => tags.map(([name, value]) => `${name}${equals}${tagOf(value)}`);
  if (tags.length === 0) return ["", ""];
  switch (dialect) {
    case "none":
      return ["", ""];
    case "datadog":
      return ["", `|#${written(":").join(",")}`];
    case "influxdb":
      return [`,${written("=").join(",")}`, ""];
    case "graphite":
      return [`;${written("=").join(";")}`, ""];
  }
}

/** A part of a name: dots part names, and colons, bars and line ends mean something else. */
function partOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]+/g, "_");
}

function tagOf(text: string): string {
  return text === "" ? "none" : text.replaceAll(/[^A-Za-z0-9_./-]+/g, "_");
}

/** Without an exponent, which few receivers read. */
function textOf(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : value.toFixed(6).replace(/\.?0+$/, "");
}
