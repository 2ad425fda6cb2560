import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./repository.ts";

/** Where mail and messages of the examples go to. */
export interface Receivers {
  readonly smtp_port: number;
  readonly http_port: number;
  /** The mails with their headers and the messages' texts that came since `forget`, in order. */
  readonly told: () => Promise<{ readonly mails: readonly string[]; readonly messages: readonly string[] }>;
  readonly forget: () => void;
  readonly end: () => Promise<void>;
}

interface Line {
  readonly listening?: { readonly smtp_port: number; readonly http_port: number };
  readonly mail?: { readonly source: string };
  readonly slack?: string;
}

/** The last message: what came before it has been read when it is. */
const ALL = "that is all";

/** The receivers that the examples bring, on ports that are free. */
export async function startReceivers(): Promise<Receivers> {
  const program = join(ROOT, "examples/alerts/receivers.mjs");
  const child = spawn(process.execPath, [program, "0", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines: Line[] = [];
  let onAll = (): void => {};
  const listening = await new Promise<NonNullable<Line["listening"]>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as Line;
      if (line.listening !== undefined) resolve(line.listening);
      else if (line.slack === ALL) onAll();
      else lines.push(line);
    });
    void ended.then(([code]) => reject(new Error(`the receivers ended with ${code}`)));
  });
  return {
    ...listening,
    told: async () => {
      const all = new Promise<void>((resolve) => {
        onAll = resolve;
      });
      // They print what they take before they say so to whoever sent it.
      const body = JSON.stringify({ text: ALL });
      await fetch(`http://127.0.0.1:${listening.http_port}/`, { method: "POST", body });
      await all;
      return {
        mails: lines.flatMap(({ mail }) => mail?.source ?? []),
        messages: lines.flatMap(({ slack }) => slack ?? []),
      };
    },
    forget: () => {
      lines.length = 0;
    },
    end: async () => {
      child.kill();
      await ended;
    },
  };
}
