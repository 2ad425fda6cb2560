import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failureOf, localWorld } from "../../../support/local-world.ts";
import { taskWork } from "../../../support/task-work.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** Says what Docker says to a container that mounts what isn't there, where Docker runs. */
async function dockerElsewhere(): Promise<string> {
  const server = createServer(async (message, response) => {
    const answer = (status: number, value: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (message.method === "GET") return answer(200, { Os: "linux", Architecture: "amd64" });
    let text = "";
    for await (const chunk of message) text += chunk;
    const [mount] = JSON.parse(text).HostConfig.Mounts;
    const problem = `invalid mount config for type "bind": bind source path does not exist: ${mount.Source}`;
    answer(400, { message: problem });
  });
  const path = join(temporaryFolder(), "docker.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return `unix://${path}`;
}

async function failing(more: object, world = localWorld()) {
  const docker = { image: "x", host: await dockerElsewhere(), ...more };
  const work = taskWork({ docker }, { cwd: world.data });
  world.executor.start(work);
  return { ...world, failure: failureOf(await world.outcome(work)) };
}

test("a Docker that can't see the data folder is said to be that, and what to do", async () => {
  const { failure, data } = await failing({});
  expect(failure).toMatchObject({ reason: "not_found", final: true });
  expect(failure.message).toContain(`can't see the engine's data folder ${data}`);
  expect(failure.message).toContain("under the same path");
});

test("a folder of the task's that isn't there is another matter", async () => {
  const { failure } = await failing({ mounts: [{ source: "in", target: "/in" }] });
  expect(failure.message).toContain("mend `source` under `mounts`");
});

test("a file for outputs that can't be made is no trouble with Docker", async () => {
  const world = localWorld();
  const attempts = join(world.data, "attempts");
  writeFileSync(attempts, "");
  onTestFinished(() => rmSync(attempts));
  const { failure } = await failing({}, world);
  expect(failure).toMatchObject({ reason: "spawn_failed", message: expect.stringContaining("file for outputs") });
});
