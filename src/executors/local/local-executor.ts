import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AttemptOutcome, EpochMs, StopReason } from "../../core/index.ts";
import type { AttemptKey, AttemptReport, AttemptWork, Clock, Executor, RunService } from "../../engine/index.ts";
import { createMasker, type JsonObject, type JsonValue } from "../../lib/index.ts";
import type {
  AttemptError,
  AttemptHost,
  CallSpec,
  Operator,
  Outputs,
  OutsideHost,
  ProcessEnd,
  ProcessSpec,
} from "../../operators/index.ts";
import { AttemptLog } from "./attempt-log.ts";
import { AttemptProcess, type Usage } from "./attempt-process.ts";
import { type AttemptFiles, attemptFiles } from "./files.ts";
import { type LogLine, readText } from "./log-file.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { NodeWorkers } from "./node-workers.ts";
import { checkOutputs, readOutputs } from "./outputs.ts";
import { Outside } from "./outside.ts";
import { findBash, type SpawnRefusal } from "./spawn.ts";
import { type SpawnedProcess, Spawner } from "./spawner.ts";

/** What the engine inherits under such a name is a secret for it alone. */
const SECRET_PREFIX = "ENGINE_SECRET_";

export interface LocalExecutorOptions {
  readonly operators: ReadonlyMap<string, Operator>;
  /** The data folder. */
  readonly data: string;
  readonly clock: Clock;
  readonly runs: RunService;
  /** Default: the first one in PATH. */
  readonly bash?: string;
  /** Told what the processes of an attempt took, before its report. */
  readonly onUsage?: (usage: AttemptUsage) => void;
}

/** What the processes of an attempt took. */
export interface AttemptUsage extends AttemptKey, Usage {
  readonly pipeline: string;
}

/** A line that was added to the log of an attempt of this executor. */
export interface AttemptLogLine extends AttemptKey, LogLine {}

export interface LocalExecutor extends Executor {
  /** Calls the listener with every log line as it is written. Returns how to stop. */
  onLog(listener: (line: AttemptLogLine) => void): () => void;
}

/**
 * Carries attempts out on this machine: inside the engine, or as processes that outlive it. What has
 * to be remembered of a process lies in files (see `attemptFiles`), so that another engine can take
 * it over.
 */
export function createLocalExecutor({
  operators,
  data,
  clock,
  runs,
  bash,
  onUsage,
}: LocalExecutorOptions): LocalExecutor {
  const attempts = new Map<string, Attempt>();
  const logListeners = new Set<(line: AttemptLogLine) => void>();
  let reportListener: ((report: AttemptReport) => void) | undefined;
  let detached = false;
  const path = process.env.PATH ?? "";
  let found = bash;
  const inherited = inheritedEnvironment();
  const spawner = new Spawner(inherited, clock);
  const workers = new NodeWorkers(inherited);
  const memory = new MemoryWatch(clock);
  // The folder's one true name: an engine that comes later and goes another way to it finds the same processes.
  const root = existsSync(data) ? realpathSync(data) : resolve(data);

  const carryOut = (work: AttemptWork, how: "start" | "adopt"): void => {
    const id = idOf(work);
    const known = attempts.get(id);
    // Its run was given to another engine and back: what was said meanwhile, nobody heard.
    known?.takeUpAgain(work.epoch);
    if (detached || known !== undefined) return;
    const attempt = new Attempt(work, {
      data: root,
      clock,
      runs,
      bash: () => {
        found ??= findBash(path);
        return found;
      },
      spawner,
      workers,
      memory,
      onUsage: ({ run_id, key, attempt, pipeline }, usage) => onUsage?.({ run_id, key, attempt, pipeline, ...usage }),
      onWait: () => {
        // Never before the call that caused it has returned.
        queueMicrotask(() => {
          if (!detached) reportListener?.({ ...attempt.name, type: "waits" });
        });
      },
      onLine: (line) => {
        for (const listener of logListeners)
          listener({ run_id: work.run_id, key: work.key, attempt: work.attempt, ...line });
      },
    });
    attempts.set(id, attempt);
    void attempt.carryOut(operators.get(work.operator), how).then((result) => {
      if (detached) return;
      attempts.delete(id);
      reportListener?.({ ...attempt.name, type: "ended", outcome: result });
    });
  };

  return {
    start: (work) => carryOut(work, "start"),
    adopt: (work) => carryOut(work, "adopt"),
    stop: (attempt, why, grace_ms) => attempts.get(idOf(attempt))?.stop(why, grace_ms),
    kill: (attempt) => attempts.get(idOf(attempt))?.kill(),
    onReport(listener) {
      reportListener = listener;
    },
    onLog(listener) {
      logListeners.add(listener);
      return () => logListeners.delete(listener);
    },
    async detach() {
      detached = true;
      for (const attempt of attempts.values()) attempt.detach();
      attempts.clear();
      spawner.close();
      workers.close();
    },
  };
}

interface AttemptParts {
  readonly data: string;
  readonly clock: Clock;
  readonly runs: RunService;
  readonly bash: () => string | undefined;
  readonly spawner: Spawner;
  readonly workers: NodeWorkers;
  readonly memory: MemoryWatch;
  readonly onUsage: (work: AttemptWork, usage: Usage) => void;
  readonly onLine: (line: LogLine) => void;
  readonly onWait: () => void;
}

/** One attempt and what its operator may do with it. */
class Attempt implements AttemptHost {
  readonly work: AttemptWork;
  /** Under which its reports are wanted. */
  #epoch: number;
  readonly #parts: AttemptParts;
  #files: AttemptFiles | undefined;
  #log: AttemptLog | undefined;
  #process: AttemptProcess | undefined;
  #outside: Outside | undefined;
  #abort: AbortController | undefined;
  #stop: { readonly why: StopReason; readonly grace_ms: number } | undefined;
  #adopting = false;
  #waits = false;
  /** Of a log that was put away. */
  #lastLines: readonly string[] = [];
  #detached = false;
  /** Ends the sleep that is under way, if there is one. */
  #wake: (() => void) | undefined;
  /** Gives its timer back, and lets it never end. */
  #callOff: (() => void) | undefined;

  constructor(work: AttemptWork, parts: AttemptParts) {
    this.work = work;
    this.#epoch = work.epoch;
    this.#parts = parts;
  }

  /** Lets the operator do its work. Never rejects. */
  async carryOut(operator: Operator | undefined, how: "start" | "adopt"): Promise<AttemptOutcome> {
    const { operator: name } = this.work;
    this.#adopting = how === "adopt";
    if (operator === undefined) return this.#finish(operatorFailed(`there is no operator ${name} in this engine`));
    try {
      if (how === "start") return this.#finish(await operator.start(this));
      if (operator.adopt !== undefined) return this.#finish(await operator.adopt(this));
      return { state: "lost", message: `the engine ended, and operator ${name} can't go on where it was` };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return this.#finish(operatorFailed(`operator ${name} met an internal error: ${message}`));
    }
  }

  stop(why: StopReason, grace_ms: number): void {
    if (this.#stop !== undefined) return;
    this.#stop = { why, grace_ms };
    this.#abort?.abort(why);
    this.#wake?.();
    this.#process?.stop(why, grace_ms);
  }

  kill(): void {
    // A process that is still to come gets no grace.
    if (this.#stop !== undefined) this.#stop = { ...this.#stop, grace_ms: 0 };
    this.#process?.kill();
    this.#outside?.kill();
  }

  detach(): void {
    this.#detached = true;
    this.#callOff?.();
    this.#process?.detach();
    this.#outside?.detach();
  }

  get name(): AttemptKey & { readonly epoch: number } {
    const { run_id, key, attempt } = this.work;
    return { run_id, key, attempt, epoch: this.#epoch };
  }

  takeUpAgain(epoch: number): void {
    this.#epoch = epoch;
    if (this.#waits) this.#parts.onWait();
  }

  // -------------------------------------------------------------------------------------------
  // AttemptHost

  get signal(): AbortSignal {
    // Made when it is asked for: most operators never do.
    this.#abort ??= new AbortController();
    if (this.#stop !== undefined) this.#abort.abort(this.#stop.why);
    return this.#abort.signal;
  }

  get stopReason(): StopReason | undefined {
    return this.#stop?.why;
  }

  get outside(): OutsideHost {
    this.#outside ??= new Outside({ data: this.#parts.data, files: this.#paths(), log: () => this.#openLog() });
    return this.#outside;
  }

  get runs(): RunService {
    return this.#parts.runs;
  }

  now(): EpochMs {
    return this.#parts.clock.now();
  }

  log(line: string): void {
    this.#openLog().note(line);
    this.#putAway();
  }

  process(spec: ProcessSpec): Promise<ProcessEnd> {
    const bash = this.#parts.bash();
    if (bash === undefined) {
      const message = "there is no bash in PATH: install it, or set PATH for the engine";
      return Promise.resolve({ type: "spawn_failed", message });
    }
    const files = this.#paths();
    const { context } = spec;
    const told = context === undefined ? {} : { ENGINE_CONTEXT: files.context, ENGINE_ERROR: files.error };
    const env = { ...spec.env, ENGINE_OUTPUT: files.output, ...told };
    return this.#run(context !== undefined, () => {
      const problem = context === undefined ? undefined : this.#writeContext(context);
      return problem === undefined
        ? this.#parts.spawner.spawn(files, { ...spec, env }, bash)
        : Promise.resolve({ ok: false, exists: false, message: problem, transient: false });
    });
  }

  call(spec: CallSpec): Promise<ProcessEnd> {
    const files = this.#paths();
    const env = { ...spec.env, ENGINE_OUTPUT: files.output };
    return this.#run(false, () => this.#parts.workers.call(files, { ...spec, env }));
  }

  readError(): AttemptError | undefined {
    const { error } = this.#paths();
    try {
      const text = readText(error);
      rmSync(error, { force: true });
      return text === "" ? undefined : (JSON.parse(text) as AttemptError);
    } catch {
      // Cut short by a full disk: the log and the exit code are left.
      return undefined;
    }
  }

  readOutputs(): Promise<Outputs> {
    return readOutputs(this.#paths().output, this.work.outputs);
  }

  async checkOutputs(values: JsonObject, result: JsonObject = {}): Promise<Outputs> {
    const { output_values, outputs, evaluate } = this.work;
    const found: Record<string, JsonValue> = { ...values };
    for (const [name, expression] of Object.entries(output_values)) {
      const evaluated = evaluate(expression, result);
      if (!evaluated.ok) return { ok: false, message: `output ${name} could not be evaluated: ${evaluated.message}` };
      found[name] = evaluated.value;
    }
    return checkOutputs(found, outputs);
  }

  giveSlotBack(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#putAway();
    this.#parts.onWait();
  }

  sleep(ms: number): Promise<void> {
    if (this.#stop !== undefined) return Promise.resolve();
    const { clock } = this.#parts;
    // Of a sleep that was given up, nothing is left.
    this.#callOff?.();
    return new Promise((resolve) => {
      // Its operator goes no further here.
      if (this.#detached) return;
      this.#callOff = clock.wakeIn(ms, () => this.#wake?.());
      this.#wake = () => {
        this.#callOff?.();
        this.#wake = this.#callOff = undefined;
        resolve();
      };
    });
  }

  // -------------------------------------------------------------------------------------------

  async #run(has_context: boolean, spawn: () => Promise<SpawnedProcess | SpawnRefusal>): Promise<ProcessEnd> {
    if (this.#process !== undefined) throw new Error("an attempt has one process at most");
    const files = this.#paths();
    const { clock, memory, onUsage } = this.#parts;
    const attempt = new AttemptProcess({ files, clock, log: this.#openLog(), memory });
    this.#process = attempt;
    if (this.#stop !== undefined) attempt.stop(this.#stop.why, this.#stop.grace_ms);
    const end = await (this.#adopting ? attempt.adopt() : attempt.start(spawn));
    onUsage(this.work, attempt.usage);
    if (has_context) rmSync(files.context, { force: true });
    return end;
  }

  /** Says why that can't be done. */
  #writeContext(context: JsonObject): string | undefined {
    const { folder, context: path } = this.#paths();
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(context), { mode: 0o600 });
      return undefined;
    } catch (error) {
      return `what the task is told can't be written to ${path}: ${(error as Error).message}`;
    }
  }

  /** Worked out when they are asked for: an operator without a process has no files. */
  #paths(): AttemptFiles {
    this.#files ??= attemptFiles(this.#parts.data, this.work);
    return this.#files;
  }

  /** What waits, perhaps for weeks and among thousands, holds nothing that can be opened again. */
  #putAway(): void {
    if (!this.#waits || this.#process !== undefined || this.#outside !== undefined) return;
    this.#lastLines = this.#log?.lastLines ?? this.#lastLines;
    this.#log = this.#files = undefined;
  }

  #openLog(): AttemptLog {
    if (this.#log !== undefined) return this.#log;
    const { clock, onLine } = this.#parts;
    this.#log = new AttemptLog({ files: this.#paths(), clock, masker: createMasker(this.work.secrets), onLine });
    if (this.#adopting || this.#waits) this.#log.resume();
    return this.#log;
  }

  /** What leaves the executor is masked, and a failure shows the end of the log. */
  #finish(result: AttemptOutcome): AttemptOutcome {
    // A sleep from which something else woke it.
    this.#callOff?.();
    const { mask } = createMasker(this.work.secrets);
    if (this.#outside?.detachSignal.aborted !== true) this.#log?.endOutput();
    if (result.state === "success") {
      const exposed = Object.entries(result.outputs).filter(([, value]) => holdsSecret(value, mask));
      if (exposed.length === 0) return result;
      const named = exposed.map(([name]) => `output ${name} holds the value of a secret, and outputs are stored`);
      const message = `${named.join("; ")}: let the task that needs it take it from \`secrets\``;
      return this.#finish({ state: "failed", failure: { reason: "output_invalid", message } });
    }
    if (result.state !== "failed") return { ...result, message: mask(result.message) };
    const log_tail = this.#log?.lastLines ?? this.#lastLines;
    const failure = { ...result.failure, message: mask(result.failure.message) };
    return { state: "failed", failure: log_tail.length > 0 ? { ...failure, log_tail: [...log_tail] } : failure };
  }
}

/** An output with a mask in it would be another value than the one that was handed on. */
function holdsSecret(value: JsonValue, mask: (text: string) => string): boolean {
  const text = JSON.stringify(value);
  return mask(text) !== text;
}

function operatorFailed(message: string): AttemptOutcome {
  return { state: "failed", failure: { reason: "operator_failed", message } };
}

function idOf({ run_id, key, attempt }: AttemptKey): string {
  return `${run_id}/${key}/${attempt}`;
}

function inheritedEnvironment(): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith(SECRET_PREFIX),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
