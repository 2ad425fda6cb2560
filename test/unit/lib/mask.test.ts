import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMasker } from "../../../src/lib/index.ts";

const TOKEN = "ghp_q7Zk2x/9+Tr'Bm?4w";

function masked(text: string, ...secrets: string[]): string {
  return createMasker(secrets).mask(text);
}

describe("createMasker", () => {
  test("a text without secrets stays as it is", () => {
    expect(masked("hello", TOKEN)).toBe("hello");
    expect(masked("hello")).toBe("hello");
  });

  test("every appearance of a secret is hidden", () => {
    expect(masked(`a ${TOKEN} b ${TOKEN}${TOKEN}`, TOKEN)).toBe("a *** b ******");
  });

  test("the longer of two secrets that begin alike is hidden whole", () => {
    expect(masked("x secret-long y secret z", "secret", "secret-long")).toBe("x *** y *** z");
  });

  test("a secret is hidden in every part of an address, as that part escapes it", () => {
    const secret = "a/b c!d~e'f?g";
    const { mask } = createMasker([secret]);
    const address = new URL("http://host");
    address.pathname = `/hooks/${secret}/end`;
    expect(mask(address.pathname)).toBe("/hooks/***/end");
    expect(mask(`${new URLSearchParams({ q: secret })}&n=1`)).toBe("q=***&n=1");
    address.search = `q=${secret}`;
    expect(mask(address.search)).toBe("?q=***");
  });

  test("a secret that is nothing in a path hides nothing else", () => {
    expect(createMasker(["/../"]).mask("a text")).toBe("a text");
  });

  test("a secret is hidden inside URLs, JSON and traced commands", () => {
    expect(masked(`https://x/?t=${encodeURIComponent(TOKEN)}&u=1`, TOKEN)).toBe("https://x/?t=***&u=1");
    expect(masked(JSON.stringify({ t: 'pa"ss\\word' }), 'pa"ss\\word')).toBe('{"t":"***"}');
    expect(masked("+ login 'it'\\''s me'", "it's me")).toBe("+ login '***'");
    expect(masked("a=p+w+x", "p w x")).toBe("a=***");
    expect(masked("a=pw%2fx%3d", "pw/x=")).toBe("a=***");
  });

  test("each line of a secret of several lines is hidden, the short ones aside", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADAN\n{\nqwertyuiop==\n-----END KEY-----\n";
    expect(masked("MIIEvQIBADAN", key)).toBe("***");
    expect(masked("key: qwertyuiop==", key)).toBe("key: ***");
    expect(masked("{", key)).toBe("{");
    expect(masked(JSON.stringify(key), key)).not.toContain("qwertyuiop");
  });

  test("values of less than four characters are not hidden", () => {
    expect(masked("abc abcd", "abc", "")).toBe("abc abcd");
    expect(masked("abc abcd", "abcd")).toBe("abc ***");
  });

  test("base64 text shows nothing of a secret, wherever in it the secret stands", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 40, unit: "grapheme-ascii" }).filter((s) => s.trim().length >= 6),
        fc.string({ maxLength: 12 }),
        fc.string({ maxLength: 12 }),
        fc.constantFrom("base64", "base64url"),
        (secret, before, after, encoding) => {
          const text = Buffer.from(before + secret + after).toString(encoding as BufferEncoding);
          const shown = masked(text, secret);
          expect(shown).toContain("***");
          // What is left decodes to nothing of it but the ends of the first and last character.
          const inside = Buffer.from(secret).toString("base64url").slice(2, -4);
          if (inside.length > 4 && !before.includes(secret)) expect(shown).not.toContain(inside);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("base64 text broken into lines shows nothing of a long secret", () => {
    const secret = Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + ((i * 7) % 26))).join("");
    const encoded = Buffer.from(`user:${secret}\nmore`).toString("base64");
    for (const width of [76, 64, 40]) {
      const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
      const shown = lines.map((line) => masked(line, secret)).join("\n");
      for (let at = 8; at + 12 < encoded.length - 12; at++) expect(shown).not.toContain(encoded.slice(at, at + 12));
    }
  });

  test("reach is at least the length of what is hidden", () => {
    expect(createMasker([TOKEN]).reach).toBeGreaterThanOrEqual(TOKEN.length);
    expect(createMasker([]).reach).toBe(0);
  });
});
