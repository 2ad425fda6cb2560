import { isScript } from "../expressions/place.ts";
import type { TextSource } from "../model.ts";
import type { Check } from "./check.ts";
import { commandsIn } from "./shell-words.ts";

export const plainHttp: Check = {
  code: "ENG705",
  name: "plain-http",
  severity: "warning",
  summary: "something is sent or fetched over HTTP, which anybody on the way can read and change",
  visit: {
    expression(text, _pipeline, { report }) {
      for (const { start, end } of urlsOf(text)) {
        const host = hostOf(text.node.text.slice(start, end));
        if (host === undefined || !isPublic(host)) continue;
        report({
          at: text.node.span(start, end),
          message: `what goes to ${host} over \`http:\` can be read and changed on its way`,
          hint: "write `https:`",
          fix: {
            title: "write `https:`",
            // The other side may not speak it.
            safe: false,
            edits: [{ at: text.node.span(start, start + "http".length), text: "https" }],
          },
        });
      }
    },
  },
};

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Keys of addresses. A proxy is spoken to in the clear by nature: what goes through it to `https:` is not. */
const URL_KEYS: ReadonlySet<string> = new Set(["url", "base_url", "webhook_url"]);

/** Where the language, or a program that fetches, takes a text for an address. */
function urlsOf(text: TextSource): readonly Stretch[] {
  const { node, place, path } = text;
  if (!node.text.includes("http://")) return [];
  if (place === "notification" || place === "connection") {
    const isUrl = URL_KEYS.has(path.at(-1) ?? "") && /^\s*http:\/\//.test(node.text);
    return isUrl ? [{ start: node.text.indexOf("http://"), end: node.text.length }] : [];
  }
  if (!isScript(text)) return [];
  return commandsIn(node.text).flatMap(({ name, words }) =>
    name === "curl" || name === "wget" ? words.filter((word) => /^http:\/\//.test(word.text)) : [],
  );
}

/** The host of an address that is written out. */
function hostOf(url: string): string | undefined {
  return /^\s*http:\/\/(?:[^/@\s]*@)?(\[[\da-fA-F:]+\]|[\w.-]+)(?=[:/?#\s]|$)/.exec(url)?.[1]?.toLowerCase();
}

/** Names that only a machine, a house or a cluster knows. */
const PRIVATE_ENDINGS = /\.(local|localhost|internal|intranet|lan|home|corp|svc|cluster|test|invalid)$/;

/** Addresses of this machine and of private networks. */
const PRIVATE_ADDRESSES = /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|\[::1\]$|\[f[cde])/;

function isPublic(host: string): boolean {
  // A name without a dot is a container or a machine nearby.
  if (!host.includes(".") && !host.startsWith("[")) return false;
  return !PRIVATE_ENDINGS.test(host) && !PRIVATE_ADDRESSES.test(host);
}
