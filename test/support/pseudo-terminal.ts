import { execFileSync, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import { builtCli } from "./built-cli.ts";
import { EngineProcess } from "./engine-process.ts";
import { VirtualTerminal } from "./virtual-terminal.ts";

/** Why there is no pseudo-terminal on this machine; undefined when there is one. */
export const NO_PSEUDO_TERMINAL: string | undefined = isInstalled("script")
  ? undefined
  : "script(1) of util-linux is not installed, so no pseudo-terminal can be had";

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A command in a terminal: what is typed goes to it, what it shows is on `screen`. */
export interface Terminal {
  readonly process: EngineProcess;
  readonly screen: VirtualTerminal;
  /** The modes of the line discipline, before the command and after it. */
  modes(): { readonly before: string | undefined; readonly after: string | undefined };
  /** Resolves once the screen is as asked for. */
  shows(holds: (lines: readonly string[]) => boolean, what: string): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Sends a signal to the command itself. */
  signal(signal: NodeJS.Signals): void;
}

const COLUMNS = 80;
const ROWS = 20;

/** Starts `engine` with these arguments in a pseudo-terminal. */
export function startInTerminal(args: readonly string[], cwd: string, nodeArgs: readonly string[] = []): Terminal {
  const command = [process.execPath, ...nodeArgs, builtCli(), ...args];
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const script = [
    `stty cols ${COLUMNS} rows ${ROWS}`,
    // A Ctrl-C is for the command, not for the shell around it.
    "trap : INT",
    'echo "[tty $(tty)]"; echo "[before $(stty -g | cksum)]"',
    `sh -c 'echo "[pid $$]"; exec "$@"' sh ${quoted}`,
    "code=$?",
    'echo "[after $(stty -g | cksum)]"',
    "exit $code",
  ].join("\n");
  const child = spawn("script", ["-qfec", script, "/dev/null"], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, SHELL: "/bin/sh", TERM: "xterm-256color", LANG: "C.UTF-8" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const terminal = new EngineProcess(child);
  onTestFinished(async () => {
    terminal.kill("SIGKILL");
    await terminal.ended;
  });
  const screen = new VirtualTerminal(COLUMNS, ROWS);
  let taken = 0;
  // Takes what has come since, but for a sequence that is not whole yet.
  const update = (): void => {
    const fresh = terminal.stdout.slice(taken);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for
    const whole = fresh.replace(/\x1b(?:\[[\d;?]*)?$/, "");
    taken += whole.length;
    screen.write(whole);
  };
  return {
    process: terminal,
    screen,
    modes: () => ({
      before: /\[before ([^\]]+)\]/.exec(terminal.stdout)?.[1],
      after: /\[after ([^\]]+)\]/.exec(terminal.stdout)?.[1],
    }),
    shows: (holds, what) =>
      terminal.until(() => {
        update();
        return holds(screen.transcript);
      }, what),
    resize(columns, rows) {
      update();
      screen.resize(columns, rows);
      const tty = /\[tty (\S+)\]/.exec(terminal.stdout)?.[1] ?? "";
      execFileSync("stty", ["-F", tty, "cols", String(columns), "rows", String(rows)]);
    },
    signal(signal) {
      process.kill(Number(/\[pid (\d+)\]/.exec(terminal.stdout)?.[1]), signal);
    },
  };
}
