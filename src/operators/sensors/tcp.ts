import { connect } from "node:net";
import type { SensorKind } from "./kind.ts";
import { textOr } from "./values.ts";

/** A connection that takes longer is none, in milliseconds. */
const CONNECT_MAX_MS = 10_000;
const TARGET_PATTERN = "^(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^:\\s]+)):(?<port>\\d{1,5})$";
const TARGET = new RegExp(TARGET_PATTERN);

/** Waits for somebody to listen. */
export const tcp: SensorKind = {
  name: "tcp",
  schema: {
    ...textOr(TARGET_PATTERN),
    description: "Waits until a connection to this host and port is accepted.",
    minLength: 3,
    examples: ["db.example.com:5432", "[::1]:6379"],
  },
  normalise: (value) => value,
  async look(host, target) {
    const groups = TARGET.exec(String(target))?.groups;
    const port = Number(groups?.port);
    if (groups === undefined || port < 1 || port > 65_535) {
      const message = `\`${String(target)}\` is no host and port such as db.example.com:5432`;
      return { state: "failed", failure: { reason: "operator_failed", message, final: true } };
    }
    const problem = await tryToConnect(groups.v6 ?? groups.host ?? "", port, host.signal);
    if (problem === undefined) return { state: "found" };
    return { state: "not_yet", why: `${String(target)} does not answer: ${problem}` };
  },
};

function tryToConnect(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (problem?: string): void => {
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(problem);
    };
    const stop = (): void => done("it was stopped");
    socket.setTimeout(CONNECT_MAX_MS, () => done("it took too long"));
    socket.on("connect", () => done());
    socket.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
}
