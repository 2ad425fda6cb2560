import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realDocker } from "../real/support/docker.ts";
import { need } from "../real/support/need.ts";
import { engine } from "../support/engine-command.ts";
import { type Receivers, startReceivers } from "../support/receivers.ts";
import { ROOT, readText } from "../support/repository.ts";
import { watchRun } from "../support/watched-run.ts";

/*
 * Runs every example for real, with the built command line. What is to become of it stands beside the
 * example in expect.json: one entry for each set of params.
 */

interface Expectation {
  readonly what: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly run: "success" | "failed";
  /** By task run. */
  readonly tasks?: Readonly<Record<string, string>>;
  readonly attempts?: Readonly<Record<string, number>>;
  readonly outputs?: Readonly<Record<string, object>>;
  /** By task run, something that its log says; `load#1` for the first attempt, else the last. */
  readonly log?: Readonly<Record<string, string>>;
  /** By task run, its metrics; only names and numbers. */
  readonly metrics?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What people were told: a text in each mail and each message, in order, and nothing else. */
  readonly mails?: readonly string[];
  readonly messages?: readonly string[];
}

const docker = await realDocker();
const python = need("python3");
const examples = readdirSync(join(ROOT, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["deploy", "monitoring"].includes(entry.name))
  .map(({ name }) => name)
  .filter((name) => docker.found || name !== "docker")
  .filter((name) => python.found || !/^ +python:/m.test(readText(`examples/${name}/pipeline.yaml`)));
let folder: string;
let receivers: Receivers;

beforeAll(() => {
  // A copy, so that what the examples write is thrown away with it.
  folder = mkdtempSync(join(tmpdir(), "engine-examples-"));
  for (const name of ["engine.yaml", "examples", "schemas"])
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !/\/examples\/[^/]+\/(out|\.engine)$/.test(path),
    });
});

beforeAll(async () => {
  receivers = await startReceivers();
  const config = readText("engine.yaml")
    .replace("1025", String(receivers.smtp_port))
    .replace("1026", String(receivers.http_port));
  writeFileSync(join(folder, "engine.yaml"), config);
  return receivers.end;
});

beforeAll(async () => {
  if (!docker.found) return;
  process.env.DOCKER_HOST = docker.host;
  // The image that the example would pull.
  await docker.provide("busybox:1.37");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** One with an engine.yaml of its own is a project of its own. */
const isProject = (example: string): boolean => existsSync(join(ROOT, "examples", example, "engine.yaml"));

const projects = [
  {
    what: "every example",
    place: ".",
    files: examples.filter((each) => !isProject(each)).map((name) => `examples/${name}/pipeline.yaml`),
  },
  // With all the pipelines beside it.
  ...examples.filter(isProject).map((each) => ({ what: each, place: `examples/${each}`, files: ["."] })),
];

test.each(projects)("$what is valid, gives no warning, and is laid out as it should be", async ({ place, files }) => {
  const { status, stdout } = await engine(join(folder, place), ["validate", "--format", "json", ...files]);
  expect((JSON.parse(stdout) as { diagnostics: unknown }).diagnostics).toEqual([]);
  expect(status).toBe(0);
  expect(await engine(join(folder, place), ["fmt", "--check", ...files])).toMatchObject({ status: 0 });
});

describe.each(examples)("examples/%s", (example) => {
  const expectations = JSON.parse(readText(`examples/${example}/expect.json`)) as readonly Expectation[];

  test("says in its first lines what it shows and how to run it", () => {
    const header = readText(`examples/${example}/pipeline.yaml`).split("\n\n")[0] ?? "";
    expect(header).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/pipeline\.schema\.json\n#\n# [A-Z]/);
    expect(header).toContain(isProject(example) ? `cd examples/${example}` : `engine run examples/${example}`);
  });

  test.each(expectations)("$what", async (expected) => {
    const params = Object.entries(expected.params ?? {}).flatMap(([name, value]) => ["-p", `${name}=${value}`]);
    const [cwd, target] = isProject(example)
      ? [join(folder, "examples", example), "pipeline.yaml"]
      : [folder, `examples/${example}`];
    receivers.forget();
    const run = await watchRun(cwd, [target, ...params]);
    expect(run.tasks).toMatchObject(expected.tasks ?? {});
    expect({ state: run.state, exit_code: run.exit_code }).toEqual({
      state: expected.run,
      exit_code: expected.run === "success" ? 0 : 1,
    });
    expect(run.attempts).toMatchObject(expected.attempts ?? {});
    expect(run.outputs).toMatchObject(expected.outputs ?? {});
    for (const [key, text] of Object.entries(expected.log ?? {})) {
      const [task = key, attempt] = key.split("#");
      const { stdout } = await engine(cwd, ["logs", run.run_id, task, ...(attempt ? ["--attempt", attempt] : [])]);
      expect(stdout, `the log of ${key}`).toContain(text);
    }
    expect(run.metrics).toMatchObject(expected.metrics ?? {});
    const { mails, messages } = await receivers.told();
    expect(mails).toEqual((expected.mails ?? []).map((text) => expect.stringContaining(text)));
    expect(messages).toEqual((expected.messages ?? []).map((text) => expect.stringContaining(text)));
  });
});
