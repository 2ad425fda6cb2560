import { execFileSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** Makes a named pipe that a task can wait at: `read -r word < gate`. */
export function makeGate(folder: string, name = "gate"): void {
  execFileSync("mkfifo", [join(folder, name)]);
}

/** A task that stands at the gate. */
export interface AtGate {
  /** Lets it through with a word. */
  open(word?: string): Promise<void>;
}

/** Resolves once a task stands at the gate. */
export async function atGate(folder: string, name = "gate"): Promise<AtGate> {
  // Opening a named pipe to write waits for whoever reads.
  const gate = await open(join(folder, name), "w");
  return {
    async open(word = "go") {
      await gate.write(`${word}\n`);
      await gate.close();
    },
  };
}

/** A task in the middle waits at the gate; each appends a line to `effects`. */
export const GATED = `
name: gated
tasks:
  first:
    bash: echo "first $ENGINE_ATTEMPT" >> effects
  middle:
    needs: first
    bash: |
      echo "at the gate"
      read -r word < gate
      echo "middle $ENGINE_ATTEMPT $word" >> effects
      echo "word=$word" >> "$ENGINE_OUTPUT"
    outputs: { word: string }
  last:
    needs: middle
    bash: |
      echo "last $ENGINE_ATTEMPT" >> effects
`;

/** Its task cleans up when it is told to stop, and has a child that must go with it. */
export const CLEANS_UP = `
name: cleans_up
tasks:
  serve:
    bash: |
      trap 'echo cleaned >> effects; exit 0' TERM
      sleep 600 &
      echo $! > child
      read -r word < gate
      wait
    grace: 10m
  after:
    needs: serve
    bash: echo after >> effects
`;

/** Its task ignores what asks it to stop; only a kill ends it before ten minutes have passed. */
export const IGNORES_STOP = `
name: ignores_stop
tasks:
  stubborn:
    bash: |
      trap '' TERM
      echo $$ > pid
      read -r word < gate
      sleep 600
    grace: 10m
`;
