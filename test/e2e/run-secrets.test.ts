import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, runEngine, startEngine } from "../support/engine-process.ts";
import { httpServer } from "../support/http-server.ts";
import { jsonLines } from "../support/json-lines.ts";
import { atGate, makeGate } from "../support/pipelines.ts";

const CONFIG = `
secrets:
  files: keys
  commands:
    COMMANDED: [bash, -c, "echo command >> ran; cat ../commanded 2>&1"]
    BROKEN: [bash, -c, "echo hunter2-printed; echo 'the vault is sealed, says hunter2-printed' >&2; exit 3"]
    UNUSED: [bash, -c, "echo unused >> ran; echo x"]
`.replace("../commanded", "commanded");

const USES_ALL = `
tasks:
  use:
    env:
      ENV: "\${{ secrets.ENV }}"
      FILED: "\${{ secrets.FILED }}"
      COMMANDED: "\${{ secrets.COMMANDED }}"
    bash: | # engine-ignore ENG410: what is printed is to be masked
      printf '%s,%s,%s' "$ENV" "$FILED" "$COMMANDED" > got
      echo "log: $ENV $FILED $COMMANDED"
`;

const VALUES = ["value-from-environment", "value-from-file", "value-from-command"] as const;
const [ENV, FILED, COMMANDED] = VALUES;

function aProject(files: Readonly<Record<string, string>>): string {
  const cwd = aFolder({ "engine.yaml": CONFIG, commanded: `${COMMANDED}\n`, "keys/FILED": `${FILED}\n`, ...files });
  chmodSync(join(cwd, "keys"), 0o700);
  return cwd;
}

/** Everything that the engine remembers, as one text of bytes. */
function remembered(cwd: string): string {
  const data = join(cwd, ".engine");
  const paths = readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) => join(data, name));
  return paths.flatMap((path) => (statSync(path).isFile() ? readFileSync(path, "latin1") : [])).join("\n");
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test("what a message says of a failure is masked, the end of the log too", async () => {
  const server = await httpServer((_, response) => response.end());
  const cwd = aProject({
    "told.yaml": `
name: told
on_failure: [{ webhook: "${server.url}/run" }]
tasks:
  fails:
    env: { ENV: "\${{ secrets.ENV }}", FILED: "\${{ secrets.FILED }}" }
    bash: | # engine-ignore ENG410: what is printed is to be masked
      printf 'begins with %s' "\${ENV:0:9}"; sleep 0.2; printf '%s, goes on\\n' "\${ENV:9}"
      echo "and $FILED" >&2
      exit 3
    on_failure: [{ webhook: "${server.url}/task" }]
`,
  });
  const { code, stdout, stderr } = await runEngine(["run", "told.yaml"], { cwd, env: { ENGINE_SECRET_ENV: ENV } });
  expect(code).toBe(1);
  expect(server.requests.map(({ path }) => path).sort()).toEqual(["/run", "/task"]);
  const said = server.requests.map(({ body }) => String(body)).join("\n");
  expect(said).toContain("begins with ***, goes on");
  for (const text of [said, stdout, stderr, remembered(cwd)]) {
    expect(text).not.toContain(ENV);
    expect(text).not.toContain(FILED);
  }
});

describe("secrets of a run", () => {
  test("come from the environment, from files and from commands, and are masked in all that is written", async () => {
    const cwd = aProject({ "p.yaml": USES_ALL });
    const { code, stdout, stderr } = await runEngine(["run", "p.yaml"], { cwd, env: { ENGINE_SECRET_ENV: ENV } });
    expect([code, stderr]).toEqual([0, ""]);
    expect(readFileSync(join(cwd, "got"), "utf8")).toBe(VALUES.join());
    expect(stdout + (await runEngine(["logs", "latest", "use"], { cwd })).stdout).toContain("log: *** *** ***");
    for (const value of VALUES) expect(stdout + remembered(cwd)).not.toContain(value);
    // Only the commands of secrets that the pipeline uses have run, once each.
    expect(linesOf(join(cwd, "ran"))).toEqual(["command"]);
  });

  test("that can't be read fail the attempts that need them, with the reason, and no others", async () => {
    const cwd = aProject({
      "p.yaml": `
tasks:
  needs_it: { env: { X: "\${{ secrets.BROKEN }}" }, bash: "true" }
  other: { bash: "true" }
`,
    });
    const { code, stdout } = await runEngine(["run", "p.yaml", "--json"], { cwd });
    expect(code).toBe(1);
    const text = "the secret `BROKEN` could not be read: `bash` ended with exit code 3: the vault is sealed, says ***";
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      counts: { failed: 1, success: 1 },
      failures: [{ key: "needs_it", reason: "expression_failed", message: expect.stringContaining(text) as string }],
    });
    expect(stdout + remembered(cwd)).not.toContain("hunter2");
  });

  test("are read again when a run goes on", async () => {
    const cwd = aProject({
      "p.yaml": `
tasks:
  first: { bash: "read -r word < gate" }
  last: { needs: first, env: { X: "\${{ secrets.COMMANDED }}" }, bash: 'printf %s "$X" > got' }
`,
    });
    makeGate(cwd);
    const engine = startEngine(["run", "p.yaml", "--json"], { cwd });
    const gate = await atGate(cwd);
    engine.kill("SIGKILL");
    await engine.ended;
    writeFileSync(join(cwd, "commanded"), "rotated-value\n");
    const resumed = startEngine(["run", "--resume", "latest", "--json"], { cwd });
    await gate.open("on");
    expect(await resumed.ended).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(cwd, "got"), "utf8")).toBe("rotated-value");
  });

  test("that have gone fail the sensor that goes on waiting, and say so", async () => {
    const cwd = aProject({
      "p.yaml": `
tasks:
  wait:
    timeout: 1h
    env: { TOKEN: "\${{ secrets.ENV }}" }
    sensor: { bash: 'test "$TOKEN" = never' }
`,
    });
    const engine = startEngine(["run", "p.yaml"], { cwd, env: { ENGINE_SECRET_ENV: ENV } });
    await engine.prints("wait: waiting");
    engine.kill("SIGKILL");
    await engine.ended;
    const { code, stdout } = await runEngine(["run", "--resume", "latest", "--json"], { cwd });
    expect(code).toBe(1);
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      failures: [{ key: "wait", reason: "expression_failed", message: expect.stringContaining("ENV") as string }],
    });
  });

  test("are neither read nor needed to check pipelines", async () => {
    const cwd = aProject({ "pipelines/p.yaml": USES_ALL.replace("secrets.COMMANDED", "secrets.COMANDED") });
    const { code, stdout } = await runEngine(["validate"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("there is no secret `COMANDED`, but one with nearly that name");
    expect(linesOf(join(cwd, "ran"))).toEqual([]);
  });
});
