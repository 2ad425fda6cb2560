import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SqlFailure, shownPlace } from "./failure.ts";
import type { SqlResult } from "./settings.ts";
import type { SqliteReply, SqliteRequest, SqliteVerdict } from "./sqlite-messages.ts";
import type { Session, SqlWork } from "./work.ts";

/** The program of the process: beside this file, or beside the bundle's folder of chunks. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./sqlite-process.ts" : "../sqlite-process.js", import.meta.url),
);

/** Of what a process that died wrote, a message shows the end. */
const SAID_LENGTH = 500;

/** Carries work out on a SQLite file, in a process that ends with the engine. */
export const runSqlite: Session = async (work, accept, signal) => {
  signal.throwIfAborted();
  const child = fork(PROGRAM, {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: {},
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const end = (): void => {
    child.kill("SIGKILL");
  };
  signal.addEventListener("abort", end);
  try {
    return await talk(child, work, accept);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
};

async function talk(child: ChildProcess, work: SqlWork, accept: (result: SqlResult) => Promise<void>) {
  const replies = repliesOf(child);
  const { connection, statements, transaction, max_rows, save } = work;
  const request: SqliteRequest = {
    file: String(connection.file),
    read_only: connection.read_only === true,
    statements: statements.map(({ text, values, verb }) => ({ text, values, verb })),
    transaction,
    max_rows,
    ...(save === undefined ? {} : { save }),
  };
  child.send(request);
  const first = await replies();
  if (first.type === "failed") throw new SqlFailure(withPlace(first, work));
  if (first.type !== "result") throw new Error(`the SQLite process said ${first.type} where its result was due`);
  await accept(first.result);
  child.send({ keep: true } satisfies SqliteVerdict);
  const second = await replies();
  if (second.type === "failed") throw new SqlFailure(withPlace(second, work));
  return first.result;
}

/** The replies of the process, one by one; rejects when it ends instead. */
function repliesOf(child: ChildProcess): () => Promise<SqliteReply> {
  let next = Promise.withResolvers<SqliteReply>();
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-SAID_LENGTH);
  });
  const ended = (why: string): void => {
    const message = `the process that works on the database ${why}${said === "" ? "" : `: ${said.trim()}`}`;
    next.reject(new SqlFailure({ reason: "operator_failed", message }));
  };
  // Somebody asks for it later, or nobody does.
  next.promise.catch(() => {});
  child.on("error", (error) => ended(`could not be started: ${error.message}`));
  child.on("close", (code, by) => ended(code === null ? `was ended by ${by}` : `ended with exit code ${code}`));
  child.on("message", (reply) => next.resolve(reply as SqliteReply));
  return async () => {
    const reply = await next.promise;
    if (reply.type === "result") {
      next = Promise.withResolvers();
      next.promise.catch(() => {});
    }
    return reply;
  };
}

/** SQLite names what it stumbled over, and not where that stands: shown where there is but one. */
function withPlace(
  { failure, statement }: Extract<SqliteReply, { type: "failed" }>,
  { source, statements }: SqlWork,
): SqlFailure["failure"] {
  const asked = statement === undefined ? undefined : statements[statement];
  const word = /^near "(.+?)": /.exec(failure.message)?.[1] ?? /^no such \w+: (\S+)/.exec(failure.message)?.[1];
  if (asked === undefined || word === undefined) return failure;
  const at = asked.text.indexOf(word);
  if (at < 0 || asked.text.includes(word, at + 1)) return failure;
  return { ...failure, message: failure.message + shownPlace(source, asked.offsetOf(at)) };
}
