import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { callEngine } from "../support/fake-cli.ts";
import { has } from "../support/monitoring/mixin.ts";
import { ROOT } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A copy, as somebody would begin with it, after the first command of its README. */
async function begun(): Promise<string> {
  const cwd = temporaryFolder();
  cpSync(join(ROOT, "examples/monitoring"), cwd, { recursive: true });
  const { code, stderr } = await callEngine(["monitoring", "generate"], { cwd, env: { PATH: process.env.PATH ?? "" } });
  expect([code, stderr.replace(/^There is no jsonnet here.*\n/, "")]).toEqual([0, ""]);
  return cwd;
}

describe("examples/monitoring", () => {
  test("has a pipeline without a finding", async () => {
    const { code, stdout } = await callEngine(["validate", "--max-warnings", "0"], { cwd: await begun() });
    expect(code, stdout).toBe(0);
  });

  test("has a compose file whose files are there once the rest was generated", async () => {
    const cwd = await begun();
    const { services } = parse(readFileSync(join(cwd, "compose.yaml"), "utf8")) as {
      services: Record<string, { volumes?: readonly string[] }>;
    };
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.filter((each) => each.startsWith(".")),
    );
    expect(mounted.length).toBeGreaterThan(6);
    for (const volume of mounted) expect(existsSync(resolve(cwd, volume.split(":")[0] ?? "")), volume).toBe(true);
  });

  test.skipIf(!has("promtool") || !has("amtool"))(
    "has configurations that Prometheus and Alertmanager take",
    async () => {
      const cwd = await begun();
      mkdirSync(join(cwd, "rules"));
      const generated = join(cwd, "monitoring/generated/rules");
      for (const name of readdirSync(generated)) cpSync(join(generated, name), join(cwd, "rules", name));
      const checks = [
        ["promtool", "check", "config", "prometheus.yaml"],
        ["amtool", "check-config", "alertmanager.yaml"],
      ] as const;
      for (const [program, ...args] of checks) {
        const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
        expect(status, `${stdout}${stderr}`).toBe(0);
      }
    },
  );
});
