import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Clock } from "../../engine/index.ts";
import { type Leader, SIGTERM_EXIT_CODE } from "./wrapper.ts";

/** Stands before each request: how many bytes it has, in so many digits. */
const SIZE_DIGITS = 8;

/**
 * The launcher's script. A `read` of so many characters takes them at once where a line would be read a
 * byte at a time; so requests are ASCII, and what is in them can't break their frame.
 *
 * Each request is run by a subshell, which is the attempt's wrapper. With `set -m` it has a process group of
 * its own, and its signals are what the launcher began with. What it does, and in which order, is what
 * `spawnScript` and `WRAPPER` do. Who creates the status file starts the attempt, so whoever takes over from
 * a launcher that is gone can't start it twice. What it says on standard output comes last, for it may be
 * the end of it when the engine is gone.
 *
 * A request sets the arguments: its id, what the attempt's files have in common, the command. It goes to the
 * working directory and exports the variables. Standard error is nowhere until the variables are exported (a
 * shell complains of a language that is not there), and then the status file.
 *
 * It is short where it can be: what a subshell touches is copied. `disown` keeps the launcher's table of
 * processes empty, or each subshell would copy that as well.
 */
const LAUNCHER = `exec 6</dev/null
__engine_umask=$(umask)
unset PWD OLDPWD SHLVL
trap '' PIPE
set -m
attempt() {
  trap : HUP INT QUIT USR1 USR2 ALRM TERM
  umask 077
  eval "$1" && [ -x "$3" ] && exec 4>>"$2.stdout" 5>>"$2.stderr" || { echo "failed $1"; exit; }
  set -C
  exec 3>"$2.status" || { [ -e "$2.status" ] && echo "exists $1" || echo "failed $1"; exit; }
  echo "pid $BASHPID $$" >&3
  [ -e "$2.fence" ] && { echo "exists $1"; exit; }
  echo "began $1 $BASHPID"
  trap - PIPE
  exec 2>&3
  umask "$__engine_umask"
  ( [ -e "$2.fence" ] && exit ${SIGTERM_EXIT_CODE}; exec "\${@:3}" ) <&6 >&4 2>&5 3>&- 4>&- 5>&- 6>&-
  set -- "$1" "$?"
  times >&3
  echo "end $2" >&3
  echo "ended $1 $2"
}
while read -r -N ${SIZE_DIGITS} __engine_size && read -r -N "$__engine_size" __engine_request; do
  attempt "$__engine_request" & disown
done`;

/** A request is answered within this time. Else the launcher can't go on: a shell that can't fork waits and tries again. */
const ANSWER_MS = 5_000;

export type LaunchAnswer =
  /** It runs. `forget` when its end is known in another way: a wrapper that is killed tells nobody. */
  | {
      readonly type: "began";
      readonly leader: Leader;
      /** Its exit code. */
      readonly end: Promise<number>;
      readonly forget: () => void;
    }
  /** The status file is there, or the attempt was given up. */
  | { readonly type: "exists" }
  /** It could not be started, or nobody knows. */
  | { readonly type: "failed" };

/** What an attempt is to the launcher. */
export interface Launch {
  /** What the attempt's files have in common. */
  readonly base: string;
  readonly cwd: string;
  /** Names that a shell can export, without those that mean something to bash. */
  readonly env: Readonly<Record<string, string>>;
  /** A program's absolute path, and its arguments. */
  readonly command: readonly string[];
}

/**
 * A small bash that starts processes for the engine: its forks cost a fraction of the engine's. It knows
 * nothing of attempts and holds no state. When the engine is gone, so is it; it may be killed at any time.
 * What it had started lives on either way.
 */
export class Launcher {
  readonly #child: ChildProcess;
  readonly #requests: Socket;
  readonly #answers: Socket;
  readonly #clock: Clock;
  readonly #onGone: () => void;
  readonly #asked = new Map<
    number,
    { readonly answer: (answer: LaunchAnswer) => void; readonly callOff: () => void }
  >();
  readonly #running = new Map<number, (code: number) => void>();
  #lastId = 0;
  #rest = "";
  #answered = false;

  /** Starts it, in a session of its own: the terminal's Ctrl-C is for the engine to hear. Undefined when that fails. */
  static start(
    bash: string,
    env: Readonly<Record<string, string>>,
    clock: Clock,
    onGone: (launcher: Launcher) => void,
  ): Launcher | undefined {
    // Privileged means here: no functions, no options and no start file from the environment. `--norc`: a shell that
    // takes its standard input for somebody's who logs in from afar would read ~/.bashrc.
    const child = spawn(bash, ["--norc", "-p", "-c", LAUNCHER, "engine-launcher"], {
      cwd: "/",
      env,
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.on("error", () => undefined);
    return child.pid === undefined ? undefined : new Launcher(child, clock, onGone);
  }

  private constructor(child: ChildProcess, clock: Clock, onGone: (launcher: Launcher) => void) {
    this.#child = child;
    this.#clock = clock;
    this.#onGone = () => onGone(this);
    this.#requests = child.stdin as Socket;
    this.#answers = child.stdout as Socket;
    child.once("exit", () => this.#gone());
    // Whatever breaks, its exit follows.
    for (const socket of [this.#requests, this.#answers]) socket.on("error", () => undefined);
    this.#answers.setEncoding("latin1").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    });
    this.#keepAlive();
  }

  /** It has done something, so it can. */
  get answered(): boolean {
    return this.#answered;
  }

  launch({ base, cwd, env, command }: Launch): Promise<LaunchAnswer> {
    const id = ++this.#lastId;
    const exports = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
    const request = [
      `set -- ${[`${id}`, base, ...command].map(quote).join(" ")}; cd -P -- ${quote(cwd)}`,
      ...(exports.length > 0 ? [`export ${exports.join(" ")}`] : []),
    ].join(" && ");
    return new Promise((resolve) => {
      const callOff = this.#clock.wakeIn(ANSWER_MS, () => this.#child.kill("SIGKILL"));
      this.#asked.set(id, { answer: resolve, callOff });
      this.#keepAlive();
      this.#requests.write(`${`${request.length}`.padStart(SIZE_DIGITS, "0")}${request}`, "latin1");
    });
  }

  /** Ends it. What it started lives on, and nothing more is told of it. */
  close(): void {
    this.#child.removeAllListeners("exit");
    this.#answers.removeAllListeners("data");
    for (const { callOff } of this.#asked.values()) callOff();
    this.#asked.clear();
    this.#running.clear();
    this.#keepAlive();
    this.#requests.end();
    this.#answers.destroy();
  }

  #take(line: string): void {
    this.#answered = true;
    const [word, ...numbers] = line.split(" ");
    const [id = 0, number = 0] = numbers.map(Number);
    switch (word) {
      case "began": {
        const { promise, resolve } = Promise.withResolvers<number>();
        this.#running.set(id, resolve);
        const forget = (): void => {
          this.#running.delete(id);
          this.#keepAlive();
        };
        this.#answer(id, {
          type: "began",
          leader: { pid: number, session: this.#child.pid ?? number },
          end: promise,
          forget,
        });
        break;
      }
      case "ended":
        this.#running.get(id)?.(number);
        this.#running.delete(id);
        break;
      case "exists":
      case "failed":
        this.#answer(id, { type: word });
    }
    this.#keepAlive();
  }

  #answer(id: number, answer: LaunchAnswer): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.callOff();
    asked?.answer(answer);
  }

  /** With something to do it keeps the engine's process alive, as any child does; with nothing to do it does not. */
  #keepAlive(): void {
    const busy = this.#asked.size + this.#running.size > 0;
    for (const handle of [this.#child, this.#requests, this.#answers]) {
      if (busy) handle.ref();
      else handle.unref();
    }
  }

  /** What it was asked for it did or did not; what it started runs on, and its end is not told any more. */
  #gone(): void {
    this.#requests.destroy();
    this.#answers.destroy();
    this.#running.clear();
    this.#onGone();
    for (const id of [...this.#asked.keys()]) this.#answer(id, { type: "failed" });
  }
}

/** As one word of the shell, in ASCII whatever it holds. It must not hold a null byte. */
function quote(text: string): string {
  const SAFE = /^[\w@%+=:,./-]+$/;
  if (SAFE.test(text)) return text;
  const OCTAL = 8;
  const OCTAL_DIGITS = 3;
  const bytes = Buffer.from(text).toString("latin1");
  const escaped = bytes.replace(
    /[^ -~]|['\\]/g,
    (byte) => `\\${byte.charCodeAt(0).toString(OCTAL).padStart(OCTAL_DIGITS, "0")}`,
  );
  return `$'${escaped}'`;
}
