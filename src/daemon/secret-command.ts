import type { Clock } from "../engine/index.ts";
import { createMasker, formatDuration } from "../lib/index.ts";
import { oneLineLess, type SecretReading } from "./secret-reading.ts";

/** A secret is a password, a token or a key; what is larger is something else. */
const BYTES_MAX = 64 * 1024;

/** Characters of what a program complained of that a message shows, from the end: the cause stands last. */
const COMPLAINT_LENGTH_MAX = 300;

export interface SecretCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeout_ms: number;
  readonly clock: Clock;
  /** Ends the program. */
  readonly signal: AbortSignal;
  /** Values that must not show in a message. */
  readonly mask: () => readonly string[];
}

/** Runs a program that prints a secret. Never rejects; a problem names the program and shows nothing of what it printed. */
export async function readFromCommand(command: SecretCommand): Promise<SecretReading> {
  const { words, cwd, env, timeout_ms, clock, signal } = command;
  const [program = "", ...args] = words;
  const { execa } = await import("execa");
  const child = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: "ignore",
    encoding: "buffer",
    stripFinalNewline: false,
    maxBuffer: BYTES_MAX,
    reject: false,
    // A group of its own: what it has started goes with it, and can't keep its output open.
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const { promise: stopped, resolve } = Promise.withResolvers<SecretReading>();
  const stop = (problem: string): void => {
    kill();
    resolve(wrong(problem));
  };
  const close = (): void => stop("the engine was closed");
  const cancel = clock.wakeIn(timeout_ms, () => stop(`\`${program}\` took longer than ${formatDuration(timeout_ms)}`));
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  const ended = child.then((result): SecretReading => {
    const { failed, code, exitCode, isMaxBuffer, stdout, stderr } = result;
    if (!failed)
      return stdout.length === 0 ? wrong(`\`${program}\` printed nothing`) : oneLineLess(stdout, `\`${program}\``);
    if (isMaxBuffer) {
      kill();
      return wrong(`\`${program}\` printed more than ${BYTES_MAX / 1024} KiB`);
    }
    if (code === "ENOENT") return wrong(`there is no program \`${program}\` (or no folder ${cwd}, where it would run)`);
    const how =
      exitCode !== undefined
        ? `ended with exit code ${exitCode}`
        : result.signal !== undefined
          ? `was ended by ${result.signal}`
          : `could not be run (${code ?? "for a reason unknown"})`;
    return wrong(`\`${program}\` ${how}${complaint(stderr, [...command.mask(), decode(stdout)])}`);
  });
  const reading = await Promise.race([ended, stopped]);
  cancel();
  signal.removeEventListener("abort", close);
  return reading;
}

function wrong(problem: string): SecretReading {
  return { ok: false, problem };
}

/** What the program said of its failure, without secrets, what it printed otherwise among them. */
function complaint(stderr: Uint8Array, secrets: readonly string[]): string {
  const text = createMasker(secrets).mask(decode(stderr)).replace(/\s+/g, " ").trim();
  return text === "" ? "" : `: ${text.length > COMPLAINT_LENGTH_MAX ? `…${text.slice(-COMPLAINT_LENGTH_MAX)}` : text}`;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It is gone already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
