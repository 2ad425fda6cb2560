import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addressOf, openClient } from "../../../../src/operators/docker/client.ts";
import { failureOf } from "../../../../src/operators/docker/failure.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { withoutRoot } from "../../../support/without-root.ts";

describe("where Docker is", () => {
  test.each([
    ["tcp://a:1", { DOCKER_HOST: "tcp://b:2" }, "tcp://a:1"],
    [undefined, { DOCKER_HOST: "tcp://b:2" }, "tcp://b:2"],
    [undefined, { DOCKER_HOST: "b:2" }, "tcp://b:2"],
    [undefined, { DOCKER_HOST: "", XDG_RUNTIME_DIR: "/no/such/folder" }, "unix:///var/run/docker.sock"],
  ])("the task says %s, the environment %j: %s", (host, env, address) => {
    expect(addressOf(host, env)).toBe(address);
  });

  test.each([
    ["tcp://a:2375", {}, { protocol: "http", host: "a", port: "2375" }],
    ["tcp://a", {}, { protocol: "http", host: "a", port: 2375 }],
    ["tcp://a:2376", {}, { protocol: "https", host: "a", port: "2376" }],
    ["tcp://a:1", { DOCKER_TLS_VERIFY: "1" }, { protocol: "https", host: "a", port: "1" }],
    ["ssh://me@a", {}, { protocol: "ssh", host: "a", port: 22, username: "me" }],
    ["unix:///a/b.sock", {}, { protocol: "http", socketPath: "/a/b.sock", host: undefined }],
  ])("%s with %j is spoken to so", async (address, env, expected) => {
    // Nothing of it comes from here.
    process.env.DOCKER_HOST = "tcp://elsewhere:9";
    onTestFinished(() => {
      delete process.env.DOCKER_HOST;
    });
    const { docker } = await openClient(address, env);
    expect(docker.modem).toMatchObject(expected);
  });

  test("certificates that aren't there are an error that names them", async () => {
    const env = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/no/such/folder" };
    await expect(openClient("tcp://a:1", env)).rejects.toThrow("/no/such/folder/ca.pem");
  });

  test("a socket that this user may not use: which group may", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const path = join(folder, "docker.sock");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    chmodSync(path, 0o000);
    const address = `unix://${path}`;
    const { docker } = await openClient(address, {});
    const error = await withoutRoot(() => docker.ping().catch((caught: unknown) => caught));
    const failure = failureOf(error, "answer", address);
    expect(failure).toMatchObject({ reason: "connection_failed", final: true });
    expect(failure.message).toMatch(
      /this user may not use .*docker\.sock: add it to the group \w+ \(`sudo usermod -aG/,
    );
  });
});
