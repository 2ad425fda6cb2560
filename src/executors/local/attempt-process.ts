import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import type { EpochMs, StopReason } from "../../core/index.ts";
import type { Clock } from "../../engine/index.ts";
import type { ProcessEnd } from "../../operators/index.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { AttemptFiles } from "./files.ts";
import { watchPath } from "./folder-watch.ts";
import { readText } from "./log-file.ts";
import type { MemoryWatch, WatchedMemory } from "./memory-watch.ts";
import { isWrapper, liveGroups, orphanedGroups, signalGroup } from "./process-table.ts";
import type { SpawnRefusal } from "./spawn.ts";
import type { SpawnedProcess } from "./spawner.ts";
import { type AttemptStatus, CLOSED_LINE, type Leader, parseStatus } from "./wrapper.ts";

/** Output is followed once an attempt has lived this long: most are over before. */
const FOLLOW_AFTER_MS = 50;
/** Waits between tries to start a process when the machine has run out of something. Nothing has run by then. */
const SPAWN_RETRY_MS = [50, 250, 1_000];
/**
 * How often a wrapper whose end nobody else tells is looked for, beside the watch on its status file: it may be
 * killed and say nothing.
 */
const LOOK_MS = 2_000;
/** An adopted attempt whose files can't be read or written is given up as lost after so many looks. */
const CLAIM_TRIES = 15;
/** What a launcher has said is heard within this time. */
const TELL_MS = 50;
/** How often what was stopped or killed is looked at. */
const STOP_LOOK_MS = 20;
/** A group that was killed is waited for this long: a process may be stuck in the kernel for longer. */
const KILL_WAIT_MS = 2_000;
/** What relays a script's output has this long to pass the last of it on. */
const RELAY_MS = 500;

/** What an attempt's processes took, as far as that is known. */
export interface Usage {
  readonly cpu_seconds?: number;
  readonly memory_peak_bytes?: number;
}

export interface AttemptProcessParts {
  readonly files: AttemptFiles;
  readonly clock: Clock;
  readonly log: AttemptLog;
  readonly memory: MemoryWatch;
}

/**
 * The one process of an attempt: started here, or found again after its engine died. Tells how it
 * ended once nothing of it runs any more and its output is in the log.
 */
export class AttemptProcess {
  readonly #parts: AttemptProcessParts;
  /** This engine started it. */
  #started = false;
  /** And was told its end. */
  #witnessed = false;
  /** The wrapper, when it is surely that. */
  #leader: Leader | undefined;
  #relayed = false;
  /** It lives on, and is the attempt's no more. */
  #released = false;
  #ended = false;
  #stopping: { readonly deadline_at: EpochMs } | undefined;
  #callOffKill: (() => void) | undefined;
  #killed_at: EpochMs | undefined;
  /** Looks for a wrapper that may be gone, now and often. */
  #hasten: (() => void) | undefined;
  #detached = false;
  #memory: WatchedMemory | undefined;
  #usage: Usage = {};
  /** Timers and watches, to be given back when the process is let go of. */
  readonly #held = new Set<() => void>();

  constructor(parts: AttemptProcessParts) {
    this.#parts = parts;
  }

  /** Starts the process by `spawn`, which is called again if need be, and resolves with its end. */
  async start(spawn: () => Promise<SpawnedProcess | SpawnRefusal>): Promise<ProcessEnd> {
    const { files, log } = this.#parts;
    for (let retry = 0; ; retry++) {
      if (this.#stopping !== undefined) return this.#close({ type: "signalled", signal: "SIGTERM" });
      const spawned = await spawn();
      if (spawned.ok) {
        this.#started = true;
        this.#relayed = spawned.relayed;
        this.#leader = spawned.leader;
        this.#watchMemory(spawned.leader);
        this.#catchUp();
        return this.#settle(await this.#exitOf(spawned));
      }
      if (spawned.exists) return this.adopt();
      const delay_ms = spawned.transient ? SPAWN_RETRY_MS[retry] : undefined;
      if (delay_ms === undefined) {
        log.note(spawned.message);
        return this.#close({ type: "spawn_failed", message: spawned.message });
      }
      rmSync(files.status, { force: true });
      await this.#sleep(delay_ms);
    }
  }

  /** Finds the process that an earlier engine started, and resolves with its end. */
  async adopt(): Promise<ProcessEnd> {
    const { files, log } = this.#parts;
    log.resume();
    const status = await this.#claim();
    if (status.type === "none") {
      return this.#close({ type: "lost", message: "the engine ended before it had started the process" });
    }
    if (status.type === "began") {
      // The id may be somebody else's by now, who is not to be signalled.
      if (isWrapper(status.leader.pid, files)) this.#leader = status.leader;
      this.#watchMemory(status.leader);
      this.#follow();
      this.#catchUp();
      const { promise, resolve } = Promise.withResolvers<AttemptStatus>();
      this.#lookOut(status.leader, resolve);
      return this.#settle(await promise);
    }
    return this.#settle(status);
  }

  /** Known once it has ended. */
  get usage(): Usage {
    return this.#usage;
  }

  /** SIGTERM to all of it, SIGKILL to what is left after `grace_ms`. */
  stop(why: StopReason, grace_ms: number): void {
    if (this.#stopping !== undefined || this.#ended) return;
    const { clock, log } = this.#parts;
    this.#stopping = { deadline_at: clock.now() + grace_ms };
    this.#callOffKill = this.#after(grace_ms, () => this.#signal("SIGKILL"));
    log.note(`the attempt is stopped (${why}): SIGTERM now, SIGKILL after ${grace_ms / 1_000} s`);
    this.#signal("SIGTERM");
  }

  /** SIGKILL to all of it, now. Only after `stop`. */
  kill(): void {
    if (this.#stopping === undefined || this.#ended) return;
    this.#stopping = { deadline_at: this.#parts.clock.now() };
    this.#signal("SIGKILL");
  }

  /** Lets go: the process goes on, and nothing more is told. */
  detach(): void {
    this.#detached = true;
    this.#parts.log.unwatch();
    for (const release of this.#held) release();
    this.#held.clear();
  }

  #watchMemory({ pid }: Leader): void {
    const watched = this.#parts.memory.watch(pid);
    this.#memory = watched;
    this.#hold(watched.stop);
  }

  #follow(): void {
    if (!this.#detached) this.#parts.log.watch();
  }

  // -------------------------------------------------------------------------------------------
  // Until the wrapper ends

  /** Resolves when the wrapper has ended. */
  async #exitOf({ leader, end: told, forget }: SpawnedProcess): Promise<AttemptStatus | NodeJS.Signals> {
    const seen = Promise.withResolvers<AttemptStatus>();
    let stopWaiting = this.#after(FOLLOW_AFTER_MS, () => {
      this.#follow();
      if (forget !== undefined) stopWaiting = this.#lookOut(leader, seen.resolve);
    });
    let end = await Promise.race([told, seen.promise]);
    stopWaiting();
    const isGoneSilently = "type" in end && (end.type === "began" || end.type === "none") && end.text.trim() === "";
    // What the launcher has said of it may still be on its way here: more, when the status file is gone.
    if (isGoneSilently) end = await Promise.race([told, this.#sleep(TELL_MS).then(() => end)]);
    if ("type" in end) {
      forget?.();
      // Without a word: it can't be anything else, for of the other signals the wrapper catches what comes to groups.
      return isGoneSilently ? "SIGKILL" : end;
    }
    this.#witnessed = true;
    const { code, signal, release } = end;
    if (release !== undefined) {
      // A signal that is on its way would hit whoever has the process next.
      release(this.#stopping === undefined);
      this.#leader = undefined;
      this.#released = true;
    }
    if (signal !== null) return signal;
    if (code === 0) return { type: "ended", leader, code, said: false };
    const status = this.#readStatus();
    if (status?.type === "ended" || (status?.type !== "closed" && status?.text.trim())) return status;
    if (existsSync(this.#parts.files.fence)) return this.#stopping ? "SIGTERM" : { type: "none", text: "" };
    // The wrapper could not write (a full disk, a folder that is gone): its own end says how the script ended.
    return { type: "ended", leader, code: code ?? 0, said: false };
  }

  /** Calls `found` once the wrapper has told its end in the status file, or is gone. Returns how to stop that. */
  #lookOut({ pid }: Leader, found: (status: AttemptStatus) => void): () => void {
    const { files, clock } = this.#parts;
    let stopWaiting: (() => void) | undefined;
    let over = false;
    const stop = (): void => {
      over = true;
      this.#hasten = undefined;
      stopWatching();
      stopWaiting?.();
    };
    const look = (): void => {
      if (over) return;
      // In this order: one that is gone has written whatever it was going to.
      const gone = !isWrapper(pid, files);
      const status = this.#readStatus();
      if (status === undefined || ((status.type === "began" || status.type === "none") && !gone)) return;
      stop();
      found(status);
    };
    const lookAgain = (): void => {
      look();
      const killed = this.#killed_at !== undefined && clock.now() < this.#killed_at + KILL_WAIT_MS;
      if (!over) stopWaiting = this.#after(killed ? STOP_LOOK_MS : LOOK_MS, lookAgain);
    };
    const stopWatching = this.#hold(watchPath(files.status, look));
    this.#hasten = () => {
      stopWaiting?.();
      lookAgain();
    };
    lookAgain();
    return stop;
  }

  /** What the status file says, after it was made sure that nothing that has not begun yet ever begins. */
  async #claim(): Promise<AttemptStatus> {
    for (let tries = 1; ; tries++) {
      const status = this.#readStatus();
      if (status !== undefined && status.type !== "none") return status;
      if (status !== undefined && this.#putUpFence()) {
        const fenced = this.#readStatus();
        if (fenced !== undefined) return fenced;
      }
      if (tries === CLAIM_TRIES) return { type: "none", text: "" };
      await this.#sleep(LOOK_MS);
    }
  }

  #putUpFence(): boolean {
    const { files } = this.#parts;
    return tryTo(() => {
      mkdirSync(files.folder, { recursive: true, mode: 0o700 });
      writeFileSync(files.fence, "", { mode: 0o600 });
    });
  }

  /** Undefined when the file can't be read at this moment. */
  #readStatus(): AttemptStatus | undefined {
    let status: AttemptStatus | undefined;
    tryTo(() => {
      status = parseStatus(readText(this.#parts.files.status));
    });
    return status;
  }

  // -------------------------------------------------------------------------------------------
  // After the wrapper has ended

  /** Ends what is left, completes the log, and says what became of the process. */
  async #settle(end: AttemptStatus | NodeJS.Signals): Promise<ProcessEnd> {
    const told = typeof end !== "string" && end.type === "ended";
    this.#takeUsage();
    if (this.#released) this.#setEnded();
    else if (this.#leader !== undefined && (this.#witnessed || told)) await this.#endGroup(this.#leader);
    else {
      const leader = this.#leader ?? (typeof end !== "string" && "leader" in end ? end.leader : undefined);
      if (leader !== undefined) await this.#killOrphans(leader);
    }
    this.#setEnded();
    const { log } = this.#parts;
    await log.finish();
    if (!told || !log.intact) this.#writeClosed();
    return this.#verdict(end);
  }

  #takeUsage(): void {
    const status = this.#readStatus();
    const cpu_seconds = status?.type === "ended" ? status.cpu_seconds : undefined;
    const memory_peak_bytes = this.#memory?.peakBytes();
    this.#memory?.stop();
    this.#usage = {
      ...(cpu_seconds !== undefined && { cpu_seconds }),
      ...(memory_peak_bytes !== undefined && { memory_peak_bytes }),
    };
  }

  /** Nothing of it runs any more. A timer that still waited to kill it would keep the engine's process from ending. */
  #setEnded(): void {
    this.#ended = true;
    this.#callOffKill?.();
  }

  #verdict(end: AttemptStatus | NodeJS.Signals): ProcessEnd {
    if (typeof end === "string") return { type: "signalled", signal: end };
    switch (end.type) {
      case "ended":
        return exitOrSignal(end, this.#parts.log.lastError);
      case "began":
      case "none": {
        if (this.#started && end.text.trim() !== "") {
          return { type: "spawn_failed", message: `the shell could not start the script: ${end.text.trim()}` };
        }
        return { type: "lost", message: "its process is gone and left no exit status" };
      }
      case "closed":
        return { type: "lost", message: "its process ended without an exit status, under an engine that is gone" };
    }
  }

  /** Ends the attempt without a word of the wrapper. */
  async #close(end: ProcessEnd): Promise<ProcessEnd> {
    this.#setEnded();
    await this.#parts.log.finish();
    this.#writeClosed();
    return end;
  }

  #writeClosed(): void {
    tryTo(() => appendFileSync(this.#parts.files.status, CLOSED_LINE, { mode: 0o600 }));
  }

  /** What a script leaves running is ended with it; when it was told to stop, within the grace that it has. */
  async #endGroup(leader: Leader): Promise<void> {
    const { clock, files } = this.#parts;
    if (this.#relayed) {
      const until = clock.now() + RELAY_MS;
      while (signalGroup(leader.pid, 0) && clock.now() < until) await this.#sleep(STOP_LOOK_MS);
    }
    if (this.#stopping === undefined) {
      signalGroup(leader.pid, "SIGKILL");
      return;
    }
    const left = () => liveGroups(leader, files);
    while (left().length > 0 && clock.now() < this.#stopping.deadline_at) await this.#sleep(STOP_LOOK_MS);
    await killAll(left, clock, (ms) => this.#sleep(ms));
  }

  /** Ends what is left of a process whose wrapper is gone. */
  async #killOrphans(leader: Leader): Promise<void> {
    const { files, clock } = this.#parts;
    await killAll(
      () => orphanedGroups(leader, files),
      clock,
      (ms) => this.#sleep(ms),
    );
  }

  /** It may have been told to stop, and its grace may be over, before anybody knew whom to signal. */
  #catchUp(): void {
    if (this.#stopping === undefined) return;
    this.#signal("SIGTERM");
    if (this.#parts.clock.now() >= this.#stopping.deadline_at) this.#signal("SIGKILL");
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#leader === undefined || this.#ended) return;
    const { files, clock } = this.#parts;
    // What has not begun yet may miss the signal: see WRAPPER.
    if (signal === "SIGTERM") this.#putUpFence();
    for (const group of new Set([this.#leader.pid, ...liveGroups(this.#leader, files)])) signalGroup(group, signal);
    if (signal !== "SIGKILL") return;
    this.#killed_at = clock.now();
    this.#hasten?.();
  }

  // -------------------------------------------------------------------------------------------
  // Time

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#after(ms, resolve));
  }

  /** Calls `then` after a while; returns how to call it off. */
  #after(ms: number, then: () => void): () => void {
    const { clock } = this.#parts;
    const release = this.#hold(
      clock.wakeIn(ms, () => {
        this.#held.delete(release);
        then();
      }),
    );
    return release;
  }

  /** Keeps what has to be given back; returns how to do it before. */
  #hold(giveBack: () => void): () => void {
    const release = (): void => {
      this.#held.delete(release);
      giveBack();
    };
    this.#held.add(release);
    // What was under way when the process was let go of waits for ever, and keeps nothing alive.
    if (this.#detached) release();
    return release;
  }
}

/** SIGKILL to the groups that are there, until none is, or for as long as makes sense. */
async function killAll(
  groups: () => readonly number[],
  clock: Clock,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const until = clock.now() + KILL_WAIT_MS;
  for (let left = groups(); left.length > 0; left = groups()) {
    for (const group of left) signalGroup(group, "SIGKILL");
    if (clock.now() >= until) return;
    await sleep(STOP_LOOK_MS);
  }
}

/**
 * What a shell says, on a line of its own, when the script's shell was ended by a signal. SIGTERM is not
 * among them: bash says as much of its commands, so there the exit code has to do.
 */
const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGABRT: "Aborted",
  SIGBUS: "Bus error",
  SIGFPE: "Floating point exception",
  SIGHUP: "Hangup",
  SIGILL: "Illegal instruction",
  SIGKILL: "Killed",
  SIGQUIT: "Quit",
  SIGSEGV: "Segmentation fault",
};

/** A shell adds the signal's number to this when what it ran was ended by a signal. */
const SIGNAL_EXIT_BASE = 128;

/**
 * A code above 128 may come from a command that a signal ended, which is the script's own affair, or
 * from its shell. Of its shell the wrapper's shell says so: some in the status file, some where the
 * script says its errors.
 */
function exitOrSignal({ code, said }: Extract<AttemptStatus, { type: "ended" }>, last_error: string): ProcessEnd {
  const number = code - SIGNAL_EXIT_BASE;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const word = signal && SIGNAL_WORDS[signal];
  if (signal === undefined || word === undefined) return { type: "exited", code };
  return said || last_error.replace(/ \(core dumped\)$/, "") === word
    ? { type: "signalled", signal }
    : { type: "exited", code };
}

function tryTo(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
