import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogTail } from "../../../../src/operators/docker/log-tail.ts";
import type { OutputLine, OutputMark } from "../../../../src/operators/index.ts";

interface Written {
  readonly stream: OutputLine["stream"];
  /** With its line end, unless it is a piece. */
  readonly text: string;
  /** Nanoseconds after the second. */
  readonly ns: number;
}

const SECOND = 1_769_817_600n;

function frame({ stream, text, ns }: Written): Buffer {
  const body = Buffer.from(`2026-01-31T00:00:00.${String(ns).padStart(9, "0")}Z ${text}`);
  const head = Buffer.alloc(8);
  head[0] = stream === "stdout" ? 1 : 2;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

const at = (ns: number): bigint => SECOND * 1_000_000_000n + BigInt(ns);

const NOTHING = () => undefined;

describe("the log of a container", () => {
  test("a line has its stream and its time, to the nanosecond", () => {
    const connection = new LogTail(NOTHING).connect();
    expect(connection.push(frame({ stream: "stderr", text: "a b\n", ns: 123_456_789 }))).toEqual([
      { stream: "stderr", text: "a b", at_ns: at(123_456_789) },
    ]);
  });

  test("a time zone counts", () => {
    const connection = new LogTail(NOTHING).connect();
    const body = "2026-01-31T01:30:00.5+01:30 x\n";
    const [line] = connection.push(Buffer.from(`\x01\0\0\0\0\0\0${String.fromCharCode(body.length)}${body}`, "latin1"));
    expect(line?.at_ns).toBe(at(500_000_000));
  });

  test("pieces are put together, and a line without an end comes at the end", () => {
    const connection = new LogTail(NOTHING).connect();
    expect(connection.push(frame({ stream: "stdout", text: "one ", ns: 1 }))).toEqual([]);
    expect(connection.push(frame({ stream: "stderr", text: "between\n", ns: 2 }))).toHaveLength(1);
    expect(connection.push(frame({ stream: "stdout", text: "line\nmore", ns: 3 }))).toEqual([
      { stream: "stdout", text: "one line", at_ns: at(3) },
    ]);
    expect(connection.end()).toEqual([{ stream: "stdout", text: "more", at_ns: at(3) }]);
  });

  test("all of it is asked for at first, and then what is new, from a little earlier on", () => {
    const tail = new LogTail(NOTHING);
    const connection = tail.connect();
    expect(connection.since).toBe(0);
    connection.push(frame({ stream: "stdout", text: "a\n", ns: 1 }));
    expect(tail.connect().since).toBe(Number(SECOND) - 10);
  });

  test("wherever a connection breaks, and another engine goes on, no line is twice and none is missing", () => {
    const written = fc
      .array(
        fc.record({
          stream: fc.constantFrom("stdout" as const, "stderr" as const),
          text: fc.constantFrom("a\n", "b\n", "piece", ""),
          // Few different times, so that lines share them.
          step: fc.nat(1),
        }),
        { maxLength: 30 },
      )
      .map((steps) => {
        let ns = 0;
        return steps.map(({ step, ...rest }): Written => {
          ns += step;
          return { ...rest, ns };
        });
      });
    fc.assert(
      fc.property(written, fc.array(fc.tuple(fc.nat(2_000), fc.boolean())), (all, breaks) => {
        const bytes = Buffer.concat(all.map(frame));
        const whole = new LogTail(NOTHING).connect();
        const expected = [...whole.push(bytes), ...whole.end()];
        const log: OutputLine[] = [];
        const markOf = (stream: OutputLine["stream"]): OutputMark | undefined => {
          const lines = log.filter((line) => line.stream === stream);
          const last = lines.at(-1);
          return last && { at_ns: last.at_ns, lines: lines.filter(({ at_ns }) => at_ns === last.at_ns).length };
        };
        let tail = new LogTail(markOf);
        for (const [length, another] of breaks) {
          log.push(...tail.connect().push(bytes.subarray(0, length)));
          if (another) tail = new LogTail(markOf);
        }
        const last = tail.connect();
        log.push(...last.push(bytes), ...last.end());
        for (const stream of ["stdout", "stderr"]) {
          expect(log.filter((line) => line.stream === stream)).toEqual(
            expected.filter((line) => line.stream === stream),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
