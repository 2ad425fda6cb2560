import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { callEngine } from "../support/fake-cli.ts";
import { ROOT, readText } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DEPLOY = join(ROOT, "examples/deploy");

/** A copy, as somebody would begin with it. */
function copied(): string {
  const cwd = temporaryFolder();
  cpSync(DEPLOY, cwd, { recursive: true });
  return cwd;
}

describe("examples/deploy", () => {
  test("has a configuration and a pipeline without a finding", async () => {
    const { code, stdout, stderr } = await callEngine(["validate", "--max-warnings", "0"], { cwd: copied() });
    expect([code, stderr], stdout).toEqual([0, ""]);
  });

  test("has a unit that systemd takes", ({ skip }) => {
    const cwd = copied();
    const unit = join(cwd, "engine.service");
    // The engine and its user need not be on this machine.
    const text = readFileSync(unit, "utf8").replace("/usr/local/bin/engine", process.execPath);
    writeFileSync(unit, text);
    const { error, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
    if (error !== undefined) return skip("systemd-analyze is not in PATH");
    expect(stderr.split("\n").filter((line) => line.includes("engine.service"))).toEqual([]);
  });

  test("has a unit that starts the command, keeps tasks going and hands over the secrets", () => {
    const unit = readText("examples/deploy/engine.service");
    expect(unit).toMatch(/^ExecStart=\/\S+\/engine serve$/m);
    expect(unit).toMatch(/^KillMode=process$/m);
    expect(unit).toMatch(/^LoadCredential=SMTP_PASSWORD:/m);
  });

  test("has a compose file whose files are there, with the secret that engine.yaml asks for", () => {
    const { services, secrets } = parse(readText("examples/deploy/compose.yaml")) as {
      services: { engine: { build: { context: string; dockerfile: string }; volumes: string[]; secrets: string[] } };
      secrets: Record<string, { file: string }>;
    };
    const { build, volumes, secrets: handed } = services.engine;
    expect(existsSync(resolve(DEPLOY, build.context, build.dockerfile))).toBe(true);
    for (const volume of volumes.filter((each) => each.startsWith("."))) {
      expect(existsSync(resolve(DEPLOY, volume.split(":")[0] ?? "")), volume).toBe(true);
    }
    expect(handed).toEqual(Object.keys(secrets));
    for (const { file } of Object.values(secrets)) expect(existsSync(`${resolve(DEPLOY, file)}.example`)).toBe(true);
    expect(readText("examples/deploy/engine.yaml")).toContain(`secrets.${handed[0]}`);
  });

  test("has an image that copies what is there, and is healthy when the daemon is ready", () => {
    const image = readText("examples/deploy/Dockerfile");
    expect(image).toContain('ENTRYPOINT ["tini", "--", "engine"]');
    expect(image).toContain("/readyz");
    expect(dirname(image.match(/docker build -f (\S+)/)?.[1] ?? "")).toBe("examples/deploy");
  });
});
