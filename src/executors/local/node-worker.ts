/*
 * A process that calls the functions of `node` tasks, one after the other. It keeps an attempt's files as a
 * script's wrapper does (see wrapper.ts), so an engine that is started later finds the attempt in the same way:
 * descriptor 3 is the attempt's status file, 1 and 2 are its output. When its engine is gone it ends the
 * attempt that it has, and itself.
 *
 * It imports nothing of the engine: it has to start fast.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { registerHooks } from "node:module";
import { Socket } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format, inspect, isDeepStrictEqual } from "node:util";
import type { AttemptError, TaskContext } from "../../operators/index.ts";
import { type CallAnswer, type CallRequest, CHANNEL_FD, STATUS_FD } from "./node-messages.ts";

/** A process ends after so many attempts: what leaks, leaks in bounds. */
const ATTEMPTS_MAX = 50;
/** And when it holds more memory than this after an attempt. */
const RSS_BYTES_MAX = 512 * 1024 * 1024;
/** And when nobody asks for anything for so long. */
const IDLE_MS = 10_000;
/** Of an error's message, a failure shows this much. */
const MESSAGE_LENGTH_MAX = 2_000;
/** Errors in a row that a log shows, each the cause of the one before. */
const CAUSES_MAX = 10;
/** Exported names that a message lists. */
const NAMES_MAX = 10;
/** What a shell gives for a process that SIGTERM ended. */
const SIGTERM_EXIT_CODE = 143;
/** The field of /proc/self/stat, counted after the program's name, with the page faults of children that have ended. */
const CHILD_FAULTS_FIELD = 8;

/** Ends an attempt with this error, beside what the log says. */
class TaskFailure extends Error {
  readonly error: AttemptError;
  constructor(error: AttemptError) {
    super(error.message);
    this.error = error;
  }
}

/** The attempt that is under way. */
let current: { readonly request: CallRequest; abort: AbortController | undefined; over: boolean } | undefined;
let attempts = 0;
/** What this process had taken of the processors when the attempt began. */
let before_attempt: NodeJS.CpuUsage | undefined;
let engine_gone = false;
/** The files that were loaded as modules, as they were then. */
const loaded = new Map<string, string>();
const here = import.meta.url;
const own_listeners = { SIGTERM: 1, exit: 1, beforeExit: 1, uncaughtException: 1 };

registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:") && url !== here) {
      const path = fileURLToPath(url);
      loaded.set(path, identityOf(path));
    }
    return next(url, context);
  },
});

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
let idle = setTimeout(() => process.exit(0), IDLE_MS);
let rest = "";
channel.setEncoding("utf8").on("data", (text: string) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) void take(JSON.parse(line) as CallRequest);
});
channel.on("error", () => undefined);
channel.on("close", () => {
  engine_gone = true;
  if (current === undefined) process.exit(0);
});

process.on("SIGTERM", () => {
  if (current?.abort !== undefined) current.abort.abort();
  // Somebody else listens: a module of the task's, which knows what to do.
  else if (process.listenerCount("SIGTERM") === own_listeners.SIGTERM) process.exit(SIGTERM_EXIT_CODE);
});
process.on("uncaughtException", (error) => fail(error));
process.on("beforeExit", () => {
  if (current?.over === false) {
    fail(
      new TaskFailure({
        reason: "exception",
        message: "its promise never settles: nothing is left that it could wait for",
      }),
    );
  }
});
process.on("exit", (code) => {
  if (current !== undefined) writeSync(STATUS_FD, endOf(code));
});

// ---------------------------------------------------------------------------------------------

async function take(request: CallRequest): Promise<void> {
  clearTimeout(idle);
  const claimed = claim(request);
  if (claimed !== "began") {
    answer({ type: claimed }, () => process.exit(0));
    return;
  }
  // Its own start is the first attempt's.
  before_attempt = attempts === 0 ? undefined : process.cpuUsage();
  attempts++;
  current = { request, abort: undefined, over: false };
  answer({ type: "began" });
  // What the function waits for keeps the process alive, and nothing else.
  channel.unref();
  try {
    const called = await load(request);
    const before = surroundings();
    const returned = await called(contextOf(request), request.args);
    // It was told to stop, and did: whatever it returns, its work is not done.
    if (current.abort?.signal.aborted) process.exit(SIGTERM_EXIT_CODE);
    handOn(request, returned);
    // What ends by itself does so now.
    await new Promise((resolve) => setImmediate(resolve));
    finish(request.keep && isClean(before));
  } catch (error) {
    fail(error);
  }
}

/** Makes the attempt this process's own, as a wrapper would. */
function claim({ files, env, cwd }: CallRequest): "began" | "exists" | "unfit" {
  for (const [path, identity] of loaded) if (identityOf(path) !== identity) return "unfit";
  try {
    process.chdir(cwd);
    mkdirSync(files.folder, { recursive: true, mode: 0o700 });
    // The lowest free descriptor is the one that was just closed.
    for (const [fd, path] of [
      [1, files.stdout],
      [2, files.stderr],
    ] as const) {
      closeSync(fd);
      if (openSync(path, "a", 0o600) !== fd) return "unfit";
    }
    closeSync(STATUS_FD);
    if (openSync(files.status, "wx", 0o600) !== STATUS_FD) {
      unlinkSync(files.status);
      return "unfit";
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST" ? "exists" : "unfit";
  }
  // In this order: see WRAPPER.
  writeSync(STATUS_FD, `pid ${process.pid}\n`);
  if (existsSync(files.fence)) return "exists";
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (process.env[name] !== value) process.env[name] = value;
  return "began";
}

type Called = (context: TaskContext, args: object) => unknown;

/** The function. Throws a `TaskFailure` when there is none, and what the module throws. */
async function load({ module, function: name }: CallRequest): Promise<Called> {
  if (!existsSync(module)) {
    throw new TaskFailure({ reason: "not_found", message: `there is no module ${module}`, final: true });
  }
  let names: Readonly<Record<string, unknown>>;
  try {
    names = await import(pathToFileURL(module).href);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    print(error);
    throw new TaskFailure({
      reason: missing ? "not_found" : "exception",
      message: `${module} can't be loaded: ${sentenceOf(error)}`,
    });
  }
  // A CommonJS module's exports are its default export.
  const common = names.default as Readonly<Record<string, unknown>> | undefined;
  const found = [names[name], common?.[name]].find((one) => typeof one === "function");
  if (found !== undefined) return found as Called;
  const exported = Object.keys(names).slice(0, NAMES_MAX).join(", ");
  const wanted = name === "default" ? "no function by default" : `no function \`${name}\``;
  throw new TaskFailure({
    reason: "not_found",
    message: `${module} exports ${wanted}; it exports ${exported === "" ? "nothing" : exported}`,
    final: true,
  });
}

function contextOf({ context }: CallRequest): TaskContext {
  const told = context as Omit<TaskContext, "run" | "signal" | "log"> & {
    readonly run: Readonly<Record<string, string>>;
  };
  const date = (name: string): Date => new Date(told.run[name] ?? "");
  const run = {
    ...told.run,
    logical_date: date("logical_date"),
    data_interval_start: date("data_interval_start"),
    data_interval_end: date("data_interval_end"),
  };
  return {
    ...told,
    run: run as TaskContext["run"],
    get signal() {
      if (current === undefined) return AbortSignal.abort();
      current.abort ??= new AbortController();
      return current.abort.signal;
    },
    log: (...values) => process.stdout.write(`${format(...values)}\n`),
  };
}

function handOn({ files }: CallRequest, returned: unknown): void {
  if (returned === undefined || returned === null) return;
  const invalid = (what: string): TaskFailure =>
    new TaskFailure({ reason: "output_invalid", message: `the function returned ${what}` });
  if (typeof returned !== "object" || Array.isArray(returned)) {
    throw invalid(`${inspect(returned, { depth: 0 })}: it must be an object of outputs by name, or nothing`);
  }
  let text: string;
  try {
    text = JSON.stringify(returned);
  } catch (error) {
    throw invalid(`something that JSON can't hold: ${sentenceOf(error)}`);
  }
  appendFileSync(files.output, `${text}\n`, { mode: 0o600 });
}

// ---------------------------------------------------------------------------------------------
// The end of an attempt

/** It ended well. */
function finish(keep: boolean): void {
  if (current === undefined || current.over) return;
  current.over = true;
  // A `process.exitCode` that the function has set counts.
  if (!keep || engine_gone) process.exit();
  writeSync(STATUS_FD, endOf(0));
  current = undefined;
  for (const fd of [1, 2, STATUS_FD]) {
    closeSync(fd);
    if (openSync("/dev/null", "r+") !== fd) process.exit(0);
  }
  channel.ref();
  idle = setTimeout(() => process.exit(0), IDLE_MS);
  answer({ type: "free" });
}

/** What the status file says last. */
function endOf(code: number): string {
  const MICROSECONDS = 1e6;
  const { user, system } = process.cpuUsage(before_attempt);
  return `cpu ${(user + system) / MICROSECONDS}\nend ${code}\n`;
}

function fail(error: unknown): void {
  if (current === undefined) process.exit(1);
  if (current.over) return;
  current.over = true;
  const told: AttemptError =
    error instanceof TaskFailure ? error.error : { reason: "exception", message: sentenceOf(error) };
  if (!(error instanceof TaskFailure)) print(error);
  try {
    writeFileSync(current.request.files.error, JSON.stringify(told), { mode: 0o600 });
  } catch {
    // The disk is full: the log has it, and the exit code says that it failed.
  }
  process.exit(1);
}

/** The error and what caused it, without the frames that are not the author's. */
function print(error: unknown): void {
  const lines: string[] = [];
  let told = error;
  for (let depth = 0; depth < CAUSES_MAX && told !== undefined; depth++) {
    const foreign = (line: string): boolean => /^\s+at /.test(line) && (line.includes("node:") || line.includes(here));
    const text = told instanceof Error && told.stack !== undefined ? told.stack : inspect(told);
    const shown = text.split("\n").filter((line) => !foreign(line));
    lines.push(...`${depth > 0 ? "Caused by: " : ""}${shown.join("\n")}`.split("\n"));
    told = told instanceof Error ? told.cause : undefined;
  }
  writeSync(2, `${lines.map((line) => line.replace("file:///", "/")).join("\n")}\n`);
}

function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)} …` : text;
}

// ---------------------------------------------------------------------------------------------
// Whether another attempt may use this process

interface Surroundings {
  readonly resources: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

function surroundings(): Surroundings {
  return { resources: process.getActiveResourcesInfo().sort(), env: { ...process.env }, cwd: process.cwd() };
}

/** Nothing is under way, nothing of the process was changed, and it never had a child. */
function isClean(before: Surroundings): boolean {
  return (
    attempts < ATTEMPTS_MAX &&
    process.memoryUsage.rss() <= RSS_BYTES_MAX &&
    isDeepStrictEqual(surroundings(), before) &&
    Object.entries(own_listeners).every(([event, count]) => process.listenerCount(event) === count) &&
    process.exitCode === undefined &&
    !hadChildren()
  );
}

function hadChildren(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[CHILD_FAULTS_FIELD] !== "0") return true;
    return readdirSync("/proc/self/task").some(
      (thread) => readFileSync(`/proc/self/task/${thread}/children`, "latin1") !== "",
    );
  } catch {
    return true;
  }
}

function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function answer(message: CallAnswer, then?: () => void): void {
  if (engine_gone) then?.();
  else channel.write(`${JSON.stringify(message)}\n`, then);
}
