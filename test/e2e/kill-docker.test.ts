import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { IMAGE, realDocker } from "../real/support/docker.ts";
import { builtCli } from "../support/built-cli.ts";
import { engine } from "../support/engine-command.ts";
import { aFolder, startEngine } from "../support/engine-process.ts";
import { until } from "../support/local-world.ts";

/*
 * An engine that is killed in the middle of a container: the one that goes on finds it where it is, or its result, and
 * nothing is done twice.
 */

const docker = await realDocker();
const bin = builtCli();

const pipeline = (host: string): string => `
name: containers
tasks:
  work:
    docker:
      image: ${IMAGE}
      host: ${host}
      network: none
      mounts: [{ source: ., target: /here }]
      command:
        - sh
        - -c
        - |
          echo begun >> /here/effects
          i=0
          until [ -e /here/go ]; do echo "tick $i."; i=$((i + 1)); sleep 0.02; done
          echo n=7 >> "$ENGINE_OUTPUT"
    outputs: { n: integer }
  next:
    needs: work
    bash: test "\${{ tasks.work.outputs.n }}" = 7
`;

/** What the logs of all attempts say. */
function readLogs(cwd: string): string {
  const paths = globSync(".engine/attempts/*/*.log", { cwd });
  return paths.map((path) => readFileSync(join(cwd, path), "utf8")).join("");
}

test.skipIf(!docker.found).each([
  ["while it is gone", true],
  ["when the next one is there", false],
])("a container under a killed engine goes on, and ends %s", async (_, meanwhile) => {
  const cwd = aFolder({ "containers.yaml": pipeline(docker.host) });
  const containers = () => docker.client.listContainers({ all: true, filters: { label: ["engine.task=work"] } });
  const killed = startEngine(["run", "containers.yaml", "--json"], { cwd, bin });
  await until("the container has begun", () => existsSync(join(cwd, "effects")));
  killed.kill("SIGKILL");
  await killed.ended;
  // Its first process is a little ahead of what Docker says.
  await until("it runs on", async () => (await containers())[0]?.State === "running");

  const resume = ["run", "--resume", "latest", "--json"];
  const logged = readLogs(cwd).length;
  const early = meanwhile ? undefined : startEngine(resume, { cwd, bin });
  if (early !== undefined) await until("the next one goes on with the log", () => readLogs(cwd).length > logged);
  writeFileSync(join(cwd, "go"), "");
  if (meanwhile) await until("it has ended", async () => (await containers())[0]?.State === "exited");
  const resumed = early ?? startEngine(resume, { cwd, bin });
  expect(await resumed.ended).toEqual({ code: 0, signal: null });
  expect(resumed.stderr).toBe("");
  expect(readFileSync(join(cwd, "effects"), "utf8")).toBe("begun\n");
  const { stdout } = await engine(cwd, ["logs", "latest", "work"]);
  const ticks = [...stdout.matchAll(/tick (\d+)\./g)].map(([, n]) => Number(n));
  expect(ticks).toEqual(ticks.map((_, at) => at));
  expect(ticks.length).toBeGreaterThan(0);
  expect(await containers()).toEqual([]);
});
