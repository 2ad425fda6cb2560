import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { followLog, type LogLine } from "../../../../src/executors/index.ts";
import { AttemptLog } from "../../../../src/executors/local/attempt-log.ts";
import { type AttemptFiles, attemptFiles } from "../../../../src/executors/local/files.ts";
import { readLines } from "../../../../src/executors/local/log-file.ts";
import { createMasker } from "../../../../src/lib/index.ts";
import { bashWork } from "../../../support/attempt-work.ts";
import { localWorld } from "../../../support/local-world.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const MIB = 1024 * 1024;

/** A log on files that the test itself writes, with a clock that it moves. */
function aLog(files = someFiles(), secrets: string[] = []) {
  const clock = new VirtualClock();
  const lines: LogLine[] = [];
  const log = new AttemptLog({ files, clock, masker: createMasker(secrets), onLine: (line) => lines.push(line) });
  return { files, clock, log, lines };
}

function someFiles(): AttemptFiles {
  const files = attemptFiles(temporaryFolder(), bashWork(""));
  mkdirSync(files.folder, { recursive: true });
  writeFileSync(files.stdout, "");
  writeFileSync(files.stderr, "");
  return files;
}

const stored = (files: AttemptFiles): string[] => readLines(files.log).map(({ stream, text }) => `${stream}: ${text}`);

describe("the log of a script", () => {
  test("has a time and the stream in each line, and is complete when the end is reported", async () => {
    const world = localWorld();
    const before = Date.now();
    await world.run("for i in 1 2 3; do echo out $i; echo err $i >&2; done");
    const lines = readLines(attemptFiles(world.data, bashWork("")).log);
    expect(lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text)).toEqual([
      "out 1",
      "out 2",
      "out 3",
    ]);
    expect(lines.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual([
      "err 1",
      "err 2",
      "err 3",
    ]);
    for (const { at } of lines) {
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(Date.now());
    }
    expect(world.lines).toHaveLength(6);
    expect(world.lines[0]).toMatchObject({ run_id: "20260131-020000-x7k2mq", key: "train", attempt: 1 });
  });

  test("doesn't exist when there is nothing to say, and the spool files are empty at the end", async () => {
    const world = localWorld();
    await world.run("true");
    await world.run("echo hi", { attempt: 2 });
    const [silent, speaking] = [1, 2].map((attempt) => attemptFiles(world.data, bashWork("", { attempt })));
    expect(existsSync(silent?.log ?? "")).toBe(false);
    expect(statSync(speaking?.stdout ?? "").size).toBe(0);
    expect(statSync(speaking?.log ?? "").mode & 0o777).toBe(0o600);
  });

  test("grows while the script runs", async () => {
    const world = localWorld();
    world.executor.start(bashWork("echo first\nread -t 20 < /dev/zero || true; sleep 1000"));
    await world.logged("first");
    world.executor.stop(bashWork(""), "cancelled", 1_000);
    await world.outcome();
    expect(world.log()[0]).toBe("stdout: first");
  });

  test("shows no secret, however the script prints it", async () => {
    const world = localWorld();
    const secret = "s3cr3t-Pa$$word/of mine";
    const script = `
      echo "plain $TOKEN"
      printf '%s' "\${TOKEN:0:9}"; sleep 0.2; echo "\${TOKEN:9}"
      printf '%s' "$TOKEN" | base64
      printf 'x%s' "$TOKEN" | base64 >&2
      printf 'user:%s' "$TOKEN" | base64
      set -x; : "$TOKEN"
      exit 1`;
    const outcome = await world.run(script, { env: { TOKEN: secret }, secrets: [secret] });
    const shown = JSON.stringify([outcome, world.log(), world.lines]);
    expect(shown).not.toMatch(/s3cr3t|Pa\$\$word|of mine/);
    expect(shown).not.toContain(Buffer.from(secret).toString("base64").slice(0, 12));
    expect(shown).toContain("plain ***");
    const { folder } = attemptFiles(world.data, bashWork(""));
    expect(readFileSync(join(folder, "train.1.log"), "utf8")).not.toContain("s3cr3t");
  });

  test("keeps every line of a script that opens its own output by name", async () => {
    const world = localWorld();
    await world.run("echo 1 >&2\necho 2 > /dev/stderr\necho 3 > /dev/stderr\necho 4 >&2\necho a | tee /dev/stdout");
    expect(world.log().sort()).toEqual(["stderr: 1", "stderr: 2", "stderr: 3", "stderr: 4", "stdout: a", "stdout: a"]);
  });

  test("says so when a program that the script calls empties its output", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.sh"), "while [ ! -e go ]; do sleep 0.02; done; echo 2 > /dev/stderr");
    world.executor.start(bashWork("echo a long enough line >&2\nbash x.sh", { cwd: folder }));
    await world.logged("a long enough line");
    writeFileSync(join(folder, "go"), "");
    await world.outcome();
    expect(world.log()).toEqual([
      "stderr: a long enough line",
      "engine: the script opened its own stderr by name, which empties it: lines before this may be missing",
      "stderr: 2",
    ]);
  });
});

describe("bounds", () => {
  test("of a flood the head and the end are kept, with what is left out between them", async () => {
    const world = localWorld();
    await world.run(`head -c ${80 * MIB} /dev/zero | tr '\\0' 'x' | fold -w 1000; echo; echo the end`);
    const { log, stdout } = attemptFiles(world.data, bashWork(""));
    expect(statSync(log).size).toBeLessThan(17 * MIB);
    expect(statSync(stdout).size).toBe(0);
    const lines = world.log();
    expect(lines[0]).toMatch(/^stdout: x+$/);
    expect(lines.at(-1)).toBe("stdout: the end");
    const notes = lines.filter((line) => line.startsWith("engine: "));
    expect(notes[0]).toBe("engine: the output is too much for a log: what follows is left out, but for its end");
    const left_out = Number(/… (\d+) bytes of stdout are left out here …/.exec(notes[1] ?? "")?.[1]);
    expect(left_out).toBeGreaterThan(60 * MIB);
  });

  test("a spool file is emptied while the script floods it", () => {
    const { files, clock, log } = aLog();
    log.watch();
    const line = `${"x".repeat(1023)}\n`;
    for (let written = 0; written < 200; written += 10) {
      appendFileSync(files.stdout, line.repeat(10 * 1024));
      clock.advance(100);
      while (clock.nextAt() !== undefined) clock.advance(1);
      expect(statSync(files.stdout).size).toBeLessThan(80 * MIB);
      // What the watch would say.
      log.unwatch();
      log.watch();
    }
    log.unwatch();
    expect(statSync(files.log).size).toBeLessThan(16 * MIB);
  });

  test("output that never ends a line is bounded as well", async () => {
    const { files, clock, log } = aLog();
    log.watch();
    appendFileSync(files.stdout, Buffer.alloc(70 * MIB, "x"));
    while (clock.nextAt() !== undefined) clock.advance(1);
    appendFileSync(files.stdout, "!\nend");
    await log.finish();
    const lines = stored(files);
    expect(lines[0]).toMatch(/^stdout: x{16384} … \[cut/);
    expect(lines.at(-1)).toBe("stdout: end");
    expect(statSync(files.stdout).size).toBe(0);
  });

  test("binary output becomes text", async () => {
    const world = localWorld();
    await world.run("head -c 100000 /dev/urandom; echo; echo end");
    const { log } = attemptFiles(world.data, bashWork(""));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(log));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none.
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/);
    expect(world.log().at(-1)).toBe("stdout: end");
  });
});

describe("another process goes on with a log", () => {
  test("wherever the first one died, no line is lost and none is repeated", async () => {
    const text = "one\ntwo\nthree\nfour\n";
    // The first process dies after any byte of the log's text was written.
    const whole = aLog();
    writeFileSync(whole.files.stdout, text);
    await whole.log.finish();
    const bytes = readFileSync(whole.files.log);
    for (let died = 0; died <= bytes.length; died++) {
      const { files, log } = aLog();
      writeFileSync(files.stdout, text);
      if (died > 0) writeFileSync(files.log, bytes.subarray(0, died));
      log.resume();
      await log.finish();
      expect(stored(files)).toEqual(["stdout: one", "stdout: two", "stdout: three", "stdout: four"]);
    }
  });

  test("lines that come later are added, also in the middle of a line and of a character", async () => {
    const files = someFiles();
    const bytes = Buffer.from("größe eins\ngröße zwei\n");
    for (let at = 0; at <= bytes.length; at++) {
      writeFileSync(files.stdout, bytes.subarray(0, at));
      writeFileSync(files.log, "");
      const first = aLog(files);
      first.log.watch();
      first.clock.advance(100);
      first.log.unwatch();
      appendFileSync(files.stdout, bytes.subarray(at));
      const second = aLog(files);
      second.log.resume();
      await second.log.finish();
      expect(stored(files)).toEqual(["stdout: größe eins", "stdout: größe zwei"]);
    }
  });

  test("a log that was complete stays as it is", async () => {
    const { files, log } = aLog();
    writeFileSync(files.stderr, "one\ntwo");
    await log.finish();
    const again = aLog(files);
    again.log.resume();
    await again.log.finish();
    expect(stored(files)).toEqual(["stderr: one", "stderr: two"]);
    expect(again.lines).toEqual([]);
    expect(again.log.lastLines).toEqual(["one", "two"]);
  });

  test("a log that was full stays full, and gets its end", async () => {
    const { files, clock, log } = aLog();
    appendFileSync(files.stdout, `${"x".repeat(1023)}\n`.repeat(20 * 1024));
    log.watch();
    while (clock.nextAt() !== undefined) clock.advance(1);
    log.unwatch();
    const again = aLog(files);
    again.log.resume();
    appendFileSync(files.stdout, "the end\n");
    await again.log.finish();
    const notes = stored(files).filter((line) => line.startsWith("engine: "));
    expect(notes).toHaveLength(2);
    expect(stored(files).at(-1)).toBe("stdout: the end");
  });

  test("a long line that was cut isn't begun again", async () => {
    const { files, clock, log } = aLog();
    appendFileSync(files.stdout, "x".repeat(100_000));
    log.watch();
    clock.advance(100);
    log.unwatch();
    appendFileSync(files.stdout, "yyy\nnext\n");
    const again = aLog(files);
    again.log.resume();
    await again.log.finish();
    expect(stored(files).map((line) => line.slice(0, 12))).toEqual(["stdout: xxxx", "stdout: next"]);
  });
});

describe("a log that can't be written", () => {
  test("doesn't fail the script, and the output stays where it is", async () => {
    const world = localWorld();
    const { log, stdout } = attemptFiles(world.data, bashWork(""));
    mkdirSync(log, { recursive: true });
    expect(await world.run("echo hi")).toEqual({ state: "success", outputs: {} });
    expect(readFileSync(stdout, "utf8")).toBe("hi\n");
    expect(world.lines.map(({ text }) => text)).toEqual(["hi"]);
  });
});

describe("followLog", () => {
  async function collect(lines: AsyncIterable<LogLine>): Promise<string[]> {
    const found: string[] = [];
    for await (const { stream, text } of lines) found.push(`${stream}: ${text}`);
    return found;
  }

  test("gives what is there, what comes, and ends with the attempt", async () => {
    const world = localWorld();
    const folder = temporaryFolder();
    const work = bashWork(`echo one\nwhile [ ! -e ${folder}/go ]; do sleep 0.02; done\necho two\necho three >&2`);
    world.executor.start(work);
    const all = followLog(world.data, work);
    expect((await all.next()).value).toMatchObject({ stream: "stdout", text: "one" });
    writeFileSync(join(folder, "go"), "");
    expect((await collect(all)).sort()).toEqual(["stderr: three", "stdout: two"]);
    await world.outcome();
    expect((await collect(followLog(world.data, work))).sort()).toEqual(world.log().sort());
  });

  test.each([
    ["that was killed", "echo hi; kill -9 0", 1],
    ["that could not start", "echo hi", 2],
    ["that said nothing", "true", 3],
  ])("ends after an attempt %s", async (_, script, attempt) => {
    const world = localWorld();
    const work = bashWork(script, { attempt, ...(attempt === 2 && { cwd: "/surely/not/there" }) });
    world.executor.start(work);
    await world.outcome(work);
    await collect(followLog(world.data, work));
  });

  test("ends when it is called off", async () => {
    const { data } = localWorld();
    const stop = new AbortController();
    const following = collect(followLog(data, bashWork(""), { signal: stop.signal }));
    stop.abort();
    expect(await following).toEqual([]);
  });
});
