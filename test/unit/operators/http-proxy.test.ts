import { describe, expect, test } from "vitest";
import { shownUrl } from "../../../src/operators/http/failure.ts";
import { proxyFor } from "../../../src/operators/http/proxy.ts";

function proxyOf(url: string, env: Record<string, string>, asked?: string | false): string | undefined {
  return proxyFor(new URL(url), asked, env)?.host;
}

describe("the proxy for an address", () => {
  test("is that of its protocol, or the one for all", () => {
    const env = { HTTP_PROXY: "http://plain:1", https_proxy: "secure:2" };
    expect(proxyOf("http://a.example", env)).toBe("plain:1");
    expect(proxyOf("https://a.example", env)).toBe("secure:2");
    expect(proxyOf("https://a.example", { ALL_PROXY: "http://all:3" })).toBe("all:3");
    expect(proxyOf("https://a.example", {})).toBeUndefined();
  });

  test("is what the task asks for, before the environment", () => {
    const env = { HTTP_PROXY: "http://plain:1", NO_PROXY: "*" };
    expect(proxyOf("http://a.example", env, "http://own:4")).toBe("own:4");
    expect(proxyOf("http://a.example", env, false)).toBeUndefined();
  });

  test.each([
    ["a.example", "http://a.example", true],
    ["a.example", "http://b.a.example", true],
    [".a.example", "http://a.example", true],
    ["*.a.example", "http://b.a.example", true],
    ["A.Example", "http://a.example", true],
    ["a.example", "http://ba.example", false],
    ["a.example:8080", "http://a.example:8080", true],
    ["a.example:8080", "http://a.example", false],
    ["a.example:443", "https://a.example", true],
    ["10.0.0.0/8", "http://10.1.2.3", true],
    ["10.0.0.0/8", "http://11.1.2.3", false],
    ["10.0.0.0/99", "http://10.1.2.3", false],
    ["0.0.1", "http://127.0.0.1", false],
    ["[::1]", "http://[::1]:80", true],
    ["fd00::/8", "http://[fd12::1]", true],
    ["b.example, a.example", "http://a.example", true],
    ["*", "http://a.example", true],
    ["", "http://a.example", false],
  ])("NO_PROXY=%s exempts %s: %s", (NO_PROXY, url, exempt) => {
    const env = { ALL_PROXY: "http://proxy:1", NO_PROXY };
    expect(proxyOf(url, env) === undefined).toBe(exempt);
  });

  test.each(["socks5://proxy:1080", "http://"])("%s is refused", (asked) => {
    expect(() => proxyOf("http://a.example", {}, asked)).toThrow(/proxy/);
  });
});

test("an address is shown without its user, its fragment and what a query says under the name of a credential", () => {
  const url = new URL("https://ada:pw@host.example/a?page=1&api_key=x&X-Amz-Signature=y&sig=z&flag#end");
  expect(shownUrl(url)).toBe("https://host.example/a?page=1&api_key=***&X-Amz-Signature=***&sig=***&flag");
});
