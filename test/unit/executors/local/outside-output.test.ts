import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { AttemptLog } from "../../../../src/executors/local/attempt-log.ts";
import { attemptFiles } from "../../../../src/executors/local/files.ts";
import { readLines } from "../../../../src/executors/local/log-file.ts";
import { Outside } from "../../../../src/executors/local/outside.ts";
import { createMasker } from "../../../../src/lib/index.ts";
import type { OutputLine } from "../../../../src/operators/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const files = () => attemptFiles(temporaryFolder(), bashWork(""));

function aLog(of = files()) {
  const log = new AttemptLog({
    files: of,
    clock: new VirtualClock(),
    masker: createMasker(["swordfish"]),
    onLine: () => {},
  });
  return { files: of, log, lines: () => readLines(of.log).map(({ stream, text }) => `${stream}: ${text}`) };
}

const line = (text: string, at_ns = 0n, stream: OutputLine["stream"] = "stdout"): OutputLine => ({
  stream,
  text,
  at_ns,
});

describe("output from elsewhere", () => {
  test("keeps its time, and is as clean as any other", () => {
    const { files: of, log, lines } = aLog();
    log.add([line("10%\r20%", 1_769_817_600_123_456_789n), line("it is swordfish", 5n, "stderr")]);
    expect(lines()).toEqual(["stdout: 20%", "stderr: it is ***"]);
    expect(readLines(of.log)[0]?.at).toBe(1_769_817_600_123);
  });

  test("another engine knows to the nanosecond how far the log has it", () => {
    const { files: of, log } = aLog();
    const last = 1_769_817_600_123_456_789n;
    log.add([line("a", last - 1n), line("b", last), line("c", last), line("d", 7n, "stderr")]);
    log.note("something of the engine's own");
    const next = aLog(of).log;
    next.resume();
    expect(next.markOf("stdout")).toEqual({ at_ns: last, lines: 2 });
    expect(next.markOf("stderr")).toEqual({ at_ns: 7n, lines: 1 });
    expect(aLog().log.markOf("stdout")).toBeUndefined();
  });

  test("of a flood the head and the end are kept, with how much is left out between them", () => {
    const { log, lines } = aLog();
    const wide = "x".repeat(10_000);
    const count = 2_500;
    for (let i = 0; i < count; i++) log.add([line(`${i} ${wide}`, BigInt(i))]);
    log.endOutput();
    const all = lines();
    const numbers = all.flatMap((text) => /^stdout: (\d+) /.exec(text)?.[1] ?? []).map(Number);
    const left_out = Number(all.map((text) => /… (\d+) lines are left out here …/.exec(text)?.[1]).find(Boolean));
    expect(numbers[0]).toBe(0);
    expect(numbers.at(-1)).toBe(count - 1);
    expect(left_out).toBeGreaterThan(100);
    expect(numbers.length + left_out).toBe(count);
  });
});

test("the output file is for every user, in a folder that is not", () => {
  const of = files();
  const outside = new Outside({ data: "/", files: of, log: () => aLog(of).log });
  expect(outside.outputFile()).toBe(of.output);
  expect(statSync(of.output).mode & 0o777).toBe(0o666);
  expect(statSync(of.folder).mode & 0o777).toBe(0o700);
});

test("an engine that has let go of an attempt writes nothing more of it", () => {
  const { files: of, log, lines } = aLog();
  const outside = new Outside({ data: "/", files: of, log: () => log });
  outside.output([line("before")]);
  outside.detach();
  outside.output([line("after")]);
  expect(lines()).toEqual(["stdout: before"]);
});
