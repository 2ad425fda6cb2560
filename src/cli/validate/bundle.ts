/*
 * `engine validate` alone, and its second thread, in one CommonJS file whose compiled code is kept: editors, hooks and
 * CI start it over and over.
 */
import { main } from "../main.ts";
import { VALIDATE } from "./entry.ts";

/** Carries `engine validate …` out. */
export async function validate(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), [VALIDATE]);
}

/** Checks files in this thread, beside the one that started it. */
export async function checkBeside(): Promise<void> {
  await import("./check-thread.ts");
}
