import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { SecretSources } from "../../../src/config/index.ts";
import { SecretFiles } from "../../../src/daemon/secret-files.ts";
import { createSecretStore, type SecretStore } from "../../../src/daemon/secret-store.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const SOURCES: SecretSources = { environment: {}, commands: {}, timeout_ms: 10_000, refresh_ms: 60_000 };

interface Opened {
  readonly store: SecretStore;
  readonly clock: VirtualClock;
  readonly cwd: string;
  readonly troubles: string[];
}

const opened: SecretStore[] = [];
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
});

function open(sources: Partial<SecretSources>, env: Record<string, string> = {}, cwd = temporaryFolder()): Opened {
  const clock = new VirtualClock();
  const troubles: string[] = [];
  const store = createSecretStore(
    { ...SOURCES, ...sources },
    { clock, cwd, env: { PATH: process.env.PATH, ...env }, onTrouble: (message) => troubles.push(message) },
  );
  opened.push(store);
  return { store, clock, cwd, troubles };
}

/** A folder of secrets that only its owner may enter. */
function secretFolder(secrets: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return folder;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function existsWithText(path: string): boolean {
  return textOf(path).endsWith("\n");
}

/** A process that was ended and that nobody has waited for yet is none any more. */
function isRunning(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(textOf(`/proc/${pid}/status`));
}

const bash = (script: string): readonly string[] => ["bash", "-c", script];

/** Waits until what was set off by the clock has come to its end. */
async function settled(store: SecretStore, until: () => boolean): Promise<void> {
  while (!until()) {
    store.values();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("secrets of the environment", () => {
  test("are known at once, and outweigh files and commands", async () => {
    const files = secretFolder({ A: "file", B: "file" });
    const commands = { A: bash("echo ran >> ran; echo command"), B: bash("echo ran >> ran"), C: bash("echo command") };
    const { store } = open({ environment: { A: "environment" }, files, commands });
    await store.ready(["A", "B", "C"]);
    expect(store.values()).toEqual({ A: "environment", B: "file", C: "command" });
    expect(store.problem("ELSE")).toBeUndefined();
  });

  test("stand in for commands, which don't run then", async () => {
    const { store, cwd } = open({ environment: { A: "x" }, commands: { A: bash("touch ran; echo y") } });
    await store.ready(["A"]);
    expect(() => rmSync(join(cwd, "ran"))).toThrow("ENOENT");
  });
});

describe("secrets in files", () => {
  test("are read without the line break at their end, and nothing else is taken off", () => {
    const files = secretFolder({ ONE: "a\n", TWO: " b \r\n", THREE: "c\n\n", FOUR: "", FIVE: "d\ne" });
    expect(open({ files }).store.values()).toEqual({ ONE: "a", TWO: " b ", THREE: "c\n", FOUR: "", FIVE: "d\ne" });
  });

  test("are read again when they change, come or go", () => {
    const files = secretFolder({ A: "old", B: "b" });
    const { store, clock } = open({ files });
    const before = store.values();
    expect(store.values()).toBe(before);
    writeFileSync(join(files, "new"), "newer", { mode: 0o600 });
    renameSync(join(files, "new"), join(files, "A"));
    rmSync(join(files, "B"));
    writeFileSync(join(files, "C"), "c", { mode: 0o600 });
    expect(store.values()).toBe(before);
    clock.advance(1_000);
    expect(store.values()).toEqual({ A: "newer", C: "c" });
    const after = store.values();
    clock.advance(1_000);
    expect(store.values()).toBe(after);
  });

  test("are found behind links that are turned, as Kubernetes does it", () => {
    const files = temporaryFolder();
    for (const [version, value] of [
      ["..v1", "one"],
      ["..v2", "two"],
    ] as const) {
      mkdirSync(join(files, version));
      writeFileSync(join(files, version, "TOKEN"), value, { mode: 0o600 });
    }
    symlinkSync("..v1", join(files, "..data"));
    symlinkSync("..data/TOKEN", join(files, "TOKEN"));
    const { store, clock } = open({ files });
    expect(store.values()).toEqual({ TOKEN: "one" });
    symlinkSync("..v2", join(files, "..tmp"));
    renameSync(join(files, "..tmp"), join(files, "..data"));
    clock.advance(1_000);
    expect(store.values()).toEqual({ TOKEN: "two" });
  });

  test("that others may read are refused, and it is said how to mend that", () => {
    const files = secretFolder({ TOKEN: "hidden" });
    const path = join(files, "TOKEN");
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      const { store } = open({ files });
      expect(store.values()).toEqual({});
      expect(store.problem("TOKEN")).toBe(
        `${path} is open to other users of this machine (its mode is 0${mode.toString(8)}): \`chmod 600 ${path}\`, or close its folder with \`chmod 700 ${files}\``,
      );
    }
    const { store, clock } = open({ files });
    expect(store.values()).toEqual({});
    chmodSync(path, 0o400);
    clock.advance(1_000);
    expect(store.values()).toEqual({ TOKEN: "hidden" });
    expect(store.problem("TOKEN")).toBeUndefined();
  });

  test("may be readable in a folder that nobody else can enter", () => {
    const files = secretFolder({ TOKEN: "hidden" });
    chmodSync(join(files, "TOKEN"), 0o644);
    chmodSync(files, 0o700);
    expect(open({ files }).store.values()).toEqual({ TOKEN: "hidden" });
  });

  test("are not kept from others by a folder that only links to them", () => {
    const open_to_all = secretFolder({ TOKEN: "hidden" });
    chmodSync(join(open_to_all, "TOKEN"), 0o644);
    const files = temporaryFolder();
    chmodSync(files, 0o700);
    symlinkSync(join(open_to_all, "TOKEN"), join(files, "TOKEN"));
    expect(open({ files }).store.values()).toEqual({});
    chmodSync(open_to_all, 0o700);
    expect(open({ files }).store.values()).toEqual({ TOKEN: "hidden" });
  });

  test("may be readable where a container's runtime puts them, and only there", () => {
    const files = secretFolder({ TOKEN: "hidden" });
    chmodSync(join(files, "TOKEN"), 0o444);
    const trusting = (folder: string): boolean => {
      const secrets = new SecretFiles(files, [folder]);
      secrets.look();
      return secrets.readings().get("TOKEN")?.ok === true;
    };
    expect(trusting(files)).toBe(true);
    expect(trusting(join(files, ".."))).toBe(true);
    expect(trusting(files.slice(0, -1))).toBe(false);
    expect(trusting("/run/secrets")).toBe(false);
  });

  test("that are none, too large or no text are refused, each with its reason", () => {
    const files = secretFolder({ LARGE: "x".repeat(64 * 1024 + 1), BYTES: Uint8Array.of(0xff, 0xfe) });
    mkdirSync(join(files, "FOLDER"));
    symlinkSync("nowhere", join(files, "LINK"));
    const { store } = open({ files });
    expect(store.values()).toEqual({});
    expect(store.problem("LARGE")).toBe(`${join(files, "LARGE")} is larger than 64 KiB`);
    expect(store.problem("BYTES")).toBe(`${join(files, "BYTES")} gave what is no UTF-8 text`);
    expect(store.problem("FOLDER")).toBe(`${join(files, "FOLDER")} is no file`);
    expect(store.problem("LINK")).toBe(`${join(files, "LINK")}: there is none`);
  });

  test("keep a command from standing in for a file that can't be read", async () => {
    const files = secretFolder({ TOKEN: "hidden" });
    chmodSync(join(files, "TOKEN"), 0o644);
    const { store } = open({ files, commands: { TOKEN: bash("echo other") } });
    await store.ready(["TOKEN"]);
    expect(store.values()).toEqual({});
  });

  test("outweigh what a command gave before they were there, also when they can't be read", async () => {
    const files = secretFolder({});
    const { store, clock } = open({ files, commands: { TOKEN: bash("echo other") } });
    await store.ready(["TOKEN"]);
    expect(store.values()).toEqual({ TOKEN: "other" });
    writeFileSync(join(files, "TOKEN"), "hidden", { mode: 0o644 });
    clock.advance(1_000);
    expect(store.values()).toEqual({});
    expect(store.problem("TOKEN")).toContain("is open to other users");
  });

  test("of a folder that isn't there are not there", () => {
    const files = join(temporaryFolder(), "none");
    const { store } = open({ files });
    expect(store.values()).toEqual({});
    expect(store.problem("TOKEN")).toBe(
      `${files}, which \`secrets.files\` names in engine.yaml, can't be read: there is none`,
    );
  });
});

describe("secrets from commands", () => {
  test("are read when they are asked for, in the root's folder, and others are not", async () => {
    const { store, cwd } = open({ commands: { A: bash("pwd"), B: bash("touch ran; echo b") } });
    expect(store.values()).toEqual({});
    expect(store.problem("A")).toBe("its command has not run yet");
    await store.ready(["A", "UNKNOWN"]);
    expect(store.values()).toEqual({ A: cwd });
    expect(store.problem("A")).toBeUndefined();
    expect(() => rmSync(join(cwd, "ran"))).toThrow("ENOENT");
  });

  test("inherit the environment without the secrets of tasks", async () => {
    const env = { VAULT_ADDR: "there", ENGINE_SECRET_X: "hidden" };
    const { store } = open({ commands: { A: bash('echo "$VAULT_ADDR ${ENGINE_SECRET_X-none}"') } }, env);
    await store.ready(["A"]);
    expect(store.values()).toEqual({ A: "there none" });
  });

  test("are read once for all who ask at the same time, and kept", async () => {
    const { store, cwd } = open({ commands: { A: bash("echo x >> ran; wc -l < ran") } });
    await Promise.all([store.ready(["A", "A"]), store.ready(["A"])]);
    await store.ready(["A"]);
    expect(store.values()).toEqual({ A: "1" });
    rmSync(join(cwd, "ran"));
  });

  test("are read again when they have grown old, while the last value is still there", async () => {
    const { store, clock } = open({ commands: { A: bash("echo x >> ran; wc -l < ran") }, refresh_ms: 60_000 });
    await store.ready(["A"]);
    clock.advance(59_999);
    expect(store.values()).toEqual({ A: "1" });
    clock.advance(1);
    expect(store.values()).toEqual({ A: "1" });
    await settled(store, () => store.values().A === "2");
    clock.advance(60_000);
    await settled(store, () => store.values().A === "3");
  });

  test("keep their last value when a later try fails, which is told once", async () => {
    const script = 'if [ -e broken ]; then echo "no vault" >&2; exit 3; fi; echo x >> ran; wc -l < ran';
    const { store, clock, cwd, troubles } = open({ commands: { A: bash(script) }, timeout_ms: 7_000 });
    await store.ready(["A"]);
    writeFileSync(join(cwd, "broken"), "");
    clock.advance(60_000);
    await settled(store, () => troubles.length > 0);
    expect(store.values()).toEqual({ A: "1" });
    expect(troubles).toEqual([
      "the secret A could not be read again, so its last value is used: `bash` ended with exit code 3: no vault",
    ]);
    await settled(store, () => clock.nextAt() === clock.now() + 5_000);
    clock.advance(5_000);
    await settled(store, () => clock.nextAt() === clock.now() + 10_000);
    rmSync(join(cwd, "broken"));
    clock.advance(10_000);
    await settled(store, () => store.values().A === "2");
    expect(troubles).toHaveLength(1);
  });

  test("that could not be read are tried again by themselves, and for a run that begins later", async () => {
    const { store, clock, cwd } = open({ commands: { A: bash("echo x >> tries; cat there") } });
    await store.ready(["A"]);
    expect(store.problem("A")).toBe("`bash` ended with exit code 1: cat: there: No such file or directory");
    await store.ready(["A"]);
    writeFileSync(join(cwd, "there"), "value\n");
    clock.advance(5_000);
    await settled(store, () => store.values().A !== undefined);
    expect(store.values()).toEqual({ A: "value" });
  });

  test.each([
    [["engine-has-no-such-program"], /^there is no program `engine-has-no-such-program` \(or no folder /],
    [bash("exit 7"), /^`bash` ended with exit code 7$/],
    [bash("kill -TERM $$"), /^`bash` was ended by SIGTERM$/],
    [bash("true"), /^`bash` printed nothing$/],
    [bash("head -c 70000 /dev/zero"), /^`bash` printed more than 64 KiB$/],
    [bash("printf '\\xff'"), /^`bash` gave what is no UTF-8 text$/],
  ])("that go wrong say why: %j", async (command, expected) => {
    const { store } = open({ commands: { A: command } });
    await store.ready(["A"]);
    expect(store.problem("A")).toMatch(expected);
    expect(store.values()).toEqual({});
  });

  test("never show what they printed, nor another secret, and not all that they complain of", async () => {
    const script = 'echo hunter2-value; echo "got hunter2-value and other-secret $(seq -s " " 500) END" >&2; exit 1';
    const { store } = open({ environment: { B: "other-secret" }, commands: { A: bash(script) } });
    await store.ready(["A"]);
    const problem = store.problem("A") ?? "";
    expect(problem).not.toMatch(/hunter2|other-secret/);
    expect(problem).toMatch(/^`bash` ended with exit code 1: ….* END$/);
    expect(problem.length).toBeLessThan(400);
  });

  test("that take too long are ended, with all that they have started", async () => {
    const { store, clock, cwd } = open({
      commands: { A: bash("sleep 1000 & echo $! > pid; wait") },
      timeout_ms: 2_000,
    });
    const ready = store.ready(["A"]);
    await settled(store, () => clock.nextAt() !== undefined && existsWithText(join(cwd, "pid")));
    clock.advance(2_000);
    await ready;
    expect(store.problem("A")).toBe("`bash` took longer than 2s");
    const pid = Number(textOf(join(cwd, "pid")));
    await settled(store, () => !isRunning(pid));
  });

  test("are not waited for once the store is closed", async () => {
    const { store, clock } = open({ commands: { A: bash("exec sleep 1000") } });
    store.close();
    await store.ready(["A"]);
    expect(store.values()).toEqual({});
    expect(clock.pending).toBe(0);
  });

  test("end with the store", async () => {
    const { store, clock, cwd } = open({ commands: { A: bash("echo $$ > pid; exec sleep 1000") } });
    const ready = store.ready(["A"]);
    await settled(store, () => existsWithText(join(cwd, "pid")));
    store.close();
    await ready;
    const pid = Number(textOf(join(cwd, "pid")));
    await settled(store, () => !isRunning(pid));
    expect(clock.pending).toBe(0);
  });
});
