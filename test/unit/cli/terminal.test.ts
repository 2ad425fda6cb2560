import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { colorDepth, Output } from "../../../src/cli/terminal.ts";

describe("colour", () => {
  const of = (choice: "auto" | "always" | "never", env: Record<string, string>, isTerminal: boolean): number =>
    colorDepth(choice, env, isTerminal, () => 8);

  test("is for terminals", () => {
    expect(of("auto", {}, true)).toBe(8);
    expect(of("auto", {}, false)).toBe(1);
  });

  test("NO_COLOR turns it off, unless it is empty", () => {
    expect(of("auto", { NO_COLOR: "1" }, true)).toBe(1);
    expect(of("auto", { NO_COLOR: "" }, true)).toBe(8);
  });

  test("FORCE_COLOR turns it on without a terminal, and off with 0; it outweighs NO_COLOR", () => {
    expect(of("auto", { FORCE_COLOR: "1" }, false)).toBe(4);
    expect(of("auto", { FORCE_COLOR: "1", NO_COLOR: "1", TERM: "xterm-256color" }, false)).toBe(8);
    expect(of("auto", { FORCE_COLOR: "0" }, true)).toBe(1);
  });

  test("--color outweighs the environment", () => {
    expect(of("never", { FORCE_COLOR: "1" }, true)).toBe(1);
    expect(of("always", { NO_COLOR: "1" }, false)).toBe(4);
  });

  test("a terminal that shows few colours gets few", () => {
    expect(colorDepth("auto", {}, true, () => 4)).toBe(4);
    expect(colorDepth("auto", {}, true, () => 1)).toBe(1);
    expect(colorDepth("auto", {}, true, () => 24)).toBe(8);
  });
});

describe("an output", () => {
  function failing(code: string): Writable {
    return new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code, syscall: "write" })),
    });
  }

  test("whose reader has gone drops what is written, and says so to whoever streams", async () => {
    const out = new Output(failing("EPIPE"), {});
    out.write("first");
    await out.flushed();
    expect(out.closed.aborted).toBe(true);
    out.write("second");
    await out.drained();
    await expect(out.flushed()).resolves.toBeUndefined();
  });

  test("that can't be written to tells when it is flushed", async () => {
    const out = new Output(failing("ENOSPC"), {});
    out.write("first");
    await expect(out.flushed()).rejects.toThrow("write ENOSPC");
  });

  test("that is full lets the writer wait until it is not", async () => {
    let finish = (): void => {};
    const stream = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        finish = done;
      },
    });
    const out = new Output(stream, {});
    out.write("more than there is room for");
    let drained = false;
    const waiting = out.drained().then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    finish();
    await waiting;
    expect(drained).toBe(true);
  });

  test("is ASCII where the locale or the terminal says so", () => {
    const unicode = (env: Record<string, string>): boolean => new Output(failing("EPIPE"), env).unicode;
    expect(unicode({})).toBe(true);
    expect(unicode({ LANG: "en_GB.UTF-8" })).toBe(true);
    expect(unicode({ LANG: "en_GB.UTF-8", LC_ALL: "C" })).toBe(false);
    expect(unicode({ TERM: "linux" })).toBe(false);
  });
});
