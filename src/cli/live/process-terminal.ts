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
    // Also after an uncaught error: what is written to a terminal then still gets out.
    onExit(ending) {
      process.on("exit", ending);
      return () => process.off("exit", ending);
    },
  };
}
