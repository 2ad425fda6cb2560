import { describe, expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../src/lib/index.ts";
import { failureOf, localWorld } from "../support/local-world.ts";
import { taskWork } from "../support/task-work.ts";
import { busyboxTar, IMAGE, realDocker } from "./support/docker.ts";
import { aRegistry } from "./support/registry.ts";

const docker = await realDocker();
const PASSWORD = "open-sesame-17";

/** An engine beside a registry that asks for a password. */
async function registryWorld() {
  const { data, executor, outcome, log } = localWorld();
  const server = await aRegistry(busyboxTar(), PASSWORD);
  const image = `${server}/name:1`;
  onTestFinished(async () => {
    await docker.client
      .getImage(image)
      .remove({ force: true })
      .catch(() => {});
  });
  let attempt = 0;
  return {
    server,
    image,
    async run(config: JsonObject, connection: JsonObject = {}) {
      const own = { type: "docker_registry", server, username: "ada", password: PASSWORD, ...connection };
      const task = { docker: { host: docker.host, network: "none", command: "echo fine", ...config } };
      attempt += 1;
      const work = { ...taskWork(task, { cwd: data, connections: { registry: own } }), secrets: [PASSWORD], attempt };
      executor.start(work);
      return { outcome: await outcome(work), log: log(work) };
    },
  };
}

describe.skipIf(!docker.found)("images of docker", () => {
  test("one that isn't there is pulled with the connection's password, once, or each time", async () => {
    const { image, run } = await registryWorld();
    const pulled = [
      `engine: pulling the image ${image}`,
      expect.stringMatching(/^engine: pulled the image \S+ in \d+ s$/),
      "stdout: fine",
    ];
    const first = await run({ image, connection: "registry" });
    expect(first).toEqual({ outcome: { state: "success", outputs: {} }, log: pulled });
    expect((await run({ image })).log).toEqual(["stdout: fine"]);
    expect((await run({ image, pull: "always", connection: "registry" })).log).toEqual(pulled);
    const never = await run({ image: `${image}.2`, pull: "never" });
    expect(failureOf(never.outcome)).toMatchObject({ reason: "not_found", final: true });
  });

  test("without the password, with a wrong one, and under a wrong name, it fails and says why", async () => {
    const { server, image, run } = await registryWorld();
    const without = failureOf((await run({ image })).outcome);
    expect(without).toMatchObject({ reason: "refused", final: true });
    expect(without.message).toContain("docker_registry");
    const wrong = await run({ image, connection: "registry" }, { password: "wrong" });
    expect(failureOf(wrong.outcome)).toMatchObject({ reason: "refused", final: true });
    const unknown = await run({ image: `${server}/name:2`, connection: "registry" });
    expect(failureOf(unknown.outcome)).toMatchObject({ reason: "not_found", final: true });
    expect(failureOf(unknown.outcome).message).toContain("manifest unknown");
  });

  test("the password goes to its own registry and to no other", async () => {
    const { run } = await registryWorld();
    const failure = failureOf((await run({ image: IMAGE, connection: "registry" })).outcome);
    expect(failure).toMatchObject({ reason: "refused", final: true });
    expect(failure.message).toContain("docker.io");
  });
});
