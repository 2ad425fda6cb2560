import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type LoadedConfig, loadConfig } from "../../../src/config/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const URL = "https://git.example.com/data/pipelines.git";

function load(git: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "engine.yaml"), git === "" ? "" : `git: ${git}\n`);
  return loadConfig({ cwd, env, flags: {} });
}

const messages = ({ diagnostics }: LoadedConfig): readonly string[] => diagnostics.map(({ message }) => message);

describe("git in engine.yaml", () => {
  test("is nothing unless it is said", () => {
    expect(load("").config).not.toHaveProperty("git");
  });

  test("needs an address alone", () => {
    expect(load(`{ url: ${URL} }`).config?.git).toEqual({
      ...{ url: URL, path: "pipelines", interval_ms: 60_000, timeout_ms: 60_000, username: "git" },
    });
  });

  test("is put together with the variable key by key", () => {
    const { config } = load(`{ url: ${URL}, branch: main }`, { ENGINE_GIT: "{ branch: next, token_secret: TOKEN }" });
    expect(config?.git).toMatchObject({ url: URL, branch: "next", token_secret: "TOKEN" });
    expect(load("", { ENGINE_GIT: `{ url: ${URL} }` }).config?.git?.url).toBe(URL);
  });

  test("is refused without an address", () => {
    expect(messages(load("{ branch: main }"))).toEqual(["git has no url"]);
  });

  test("asks at most every second, and takes a path in one form", () => {
    const { config } = load(`{ url: ${URL}, interval: 5ms, path: ./a//b/ }`);
    expect(config?.git).toMatchObject({ interval_ms: 1_000, path: "a/b" });
    expect(load(`{ url: ${URL}, path: . }`).config?.git?.path).toBe(".");
  });

  test.each([
    "git@git.example.com:data/pipelines.git",
    "ssh://git@git.example.com:2222/data/pipelines.git",
    "file:///srv/git/pipelines.git",
    "http://127.0.0.1:3000/pipelines.git",
  ])("takes the address %s", (url) => {
    expect(load(`{ url: "${url}" }`).config?.git?.url).toBe(url);
  });

  test.each([
    "https://ann:word@git.example.com/pipelines.git",
    "https://ann@git.example.com/pipelines.git",
    "ssh://git:word@git.example.com/pipelines.git",
    "ext::sh -c true",
    "--upload-pack=touch",
    "../pipelines",
  ])("refuses the address %s", (url) => {
    expect(messages(load(`{ url: "${url}" }`))).toHaveLength(1);
  });

  test.each(["--force", "a..b", "a b", "main.lock", "a//b", "refs/", "a~1", "a:b"])("refuses the branch %s", (name) => {
    expect(messages(load(`{ url: ${URL}, branch: "${name}" }`))).toHaveLength(1);
  });

  test.each(["/etc", "../pipelines", "a/../../b", ".."])("refuses the path %s, which leads out", (path) => {
    expect(messages(load(`{ url: ${URL}, path: "${path}" }`))).toHaveLength(1);
  });

  test("takes no path that only looks as if it led out for one that does", () => {
    expect(load(`{ url: ${URL}, path: "a/..b/c.." }`).config?.git?.path).toBe("a/..b/c..");
  });

  test("refuses credentials that don't go with the address", () => {
    const ssh = "git@git.example.com:pipelines.git";
    expect(messages(load(`{ url: "${ssh}", token_secret: TOKEN }`))[0]).toContain("token_secret is for https");
    expect(messages(load(`{ url: ${URL}, ssh_key_secret: KEY }`))[0]).toContain("ssh_key_secret is for ssh");
    const http = "http://git.example.com/pipelines.git";
    expect(messages(load(`{ url: "${http}", token_secret: TOKEN }`))[0]).toContain("unencrypted");
    expect(messages(load(`{ url: "http://localhost:1/p.git", token_secret: TOKEN }`))).toEqual([]);
    const { diagnostics } = load("", { ENGINE_GIT: `{ url: "${ssh}", token_secret: TOKEN }` });
    expect(diagnostics).toMatchObject([{ file: "ENGINE_GIT", hint: expect.stringContaining("ssh_key_secret") }]);
  });
});
