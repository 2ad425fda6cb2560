import { describe, expect, test } from "vitest";
import type { CommandEntry } from "../../../src/cli/command.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { fakeCli } from "../../support/fake-cli.ts";

describe("a command's file", () => {
  /** Calls a program of two commands; the result is which of their files were loaded, and what the handler returned. */
  async function call(...args: string[]): Promise<readonly [readonly string[], number | undefined]> {
    const loaded: string[] = [];
    const entry = (name: string, exit_code: number): CommandEntry => ({
      name,
      summary: `Does ${name}`,
      load: async () => {
        loaded.push(name);
        return { define: (command, act) => command.argument("[what]").action(act(() => exit_code)) };
      },
    });
    const { program, parsed } = buildProgram([entry("one", 0), entry("two", 7)], fakeCli());
    await program.parseAsync(args, { from: "user" }).catch(() => {});
    return [loaded, parsed.exit_code];
  }

  test("is loaded when its command is chosen, and the others are not", async () => {
    expect(await call("two", "x")).toEqual([["two"], 7]);
    expect(await call("one", "--help")).toEqual([["one"], undefined]);
  });

  test("is not loaded to list the commands, or to say the version", async () => {
    expect(await call("--help")).toEqual([[], undefined]);
    expect(await call("--version")).toEqual([[], undefined]);
    expect(await call("three")).toEqual([[], undefined]);
  });
});

test("flags of the configuration reach the command as they were given", async () => {
  const cli = fakeCli();
  const entry: CommandEntry = {
    name: "one",
    summary: "Does one",
    load: async () => ({ define: (command, act) => command.action(act(() => 0)) }),
  };
  const { program } = buildProgram([entry], cli);
  const flags = ["--data", "d", "--pool", "gpu=1", "--pool=net=2", "--var", "x=a=b", "--concurrency", "many"];
  await program.parseAsync(["one", ...flags], { from: "user" });
  expect(cli.flags).toMatchObject({ data: "d", pool: ["gpu=1", "net=2"], var: ["x=a=b"], concurrency: "many" });
});
