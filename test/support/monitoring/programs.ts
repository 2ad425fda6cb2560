import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { onTestFinished } from "vitest";

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program that goes when the test ends, and waits until it says a word. */
export async function started(program: string, args: readonly string[], cwd: string, ready: RegExp): Promise<void> {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (ready.test(said)) resolve();
      });
    }
    child.once("exit", () => reject(new Error(`${program} ended:\n${said}`)));
  });
}
