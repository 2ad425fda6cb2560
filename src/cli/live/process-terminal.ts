import type { Output } from "../terminal.ts";
import type { LiveTerminal } from "./live-reporter.ts";

/** The process's own terminal, behind its standard output. */
export function processTerminal(out: Output): LiveTerminal {
  return {
    write: (text) => out.write(text),
    get columns() {
      return out.columns;
    },
    get rows() {
      return out.rows;
    },
    unicode: out.unicode,
    colorDepth: out.depth,
    onResize(changed) {
      process.stdout.on("resize", changed);
      return () => process.stdout.off("resize", changed);
    },
    onPause(pausing, goingOn) {
      const pause = (): void => {
        pausing();
        // SIGTSTP does nothing by itself where it is listened to; this signal can't be.
        process.kill(process.pid, "SIGSTOP");
      };
      process.on("SIGTSTP", pause);
      process.on("SIGCONT", goingOn);
      return () => {
        process.off("SIGTSTP", pause);
        process.off("SIGCONT", goingOn);
      };
    },
    // Also after an uncaught error: what is written to a terminal then still gets out.
    onExit(ending) {
      process.on("exit", ending);
      return () => process.off("exit", ending);
    },
  };
}
