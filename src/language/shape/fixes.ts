import { formatDuration, parseDuration } from "../../lib/index.ts";
import { type FindingFix, putInQuotes, replaceSource, replaceText, respell } from "../mend.ts";
import type { ScalarNode, SourceNode } from "../source.ts";
import { TYPE_SYNONYMS } from "./synonyms.ts";

/*
 * What a wrong value was plainly meant to be. Nothing that is refused by its shape has a meaning that a fix could change.
 */

/** What YAML 1.1 took for truth values, as YAML 1.2 writes it. */
export function truthOf(node: SourceNode): "true" | "false" | undefined {
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : "";
  if (/^(yes|y|on|true)$/i.test(text)) return "true";
  return /^(no|n|off|false)$/i.test(text) ? "false" : undefined;
}

/** The value in another type that it looks like. `types`: those that are accepted; undefined for all. */
export function typeFix(node: SourceNode, types: ReadonlySet<string> | undefined): FindingFix | undefined {
  if (node.kind !== "scalar" || types === undefined || node.value === null) return undefined;
  if (typeof node.value !== "string") return types.has("string") ? putInQuotes(node, true) : undefined;
  const truth = types.has("boolean") ? truthOf(node) : undefined;
  if (truth !== undefined) return replaceSource(node, truth, true);
  const whole = /^(?:0|[1-9]\d*)$/.test(node.value);
  const fraction = /^(?:0|[1-9]\d*)\.\d+$/.test(node.value);
  const isAccepted = (whole && (types.has("integer") || types.has("number"))) || (fraction && types.has("number"));
  return isAccepted ? replaceSource(node, node.value, true) : undefined;
}

/** One of the allowed values, where only one can be meant. */
export function choiceFix(node: ScalarNode, choices: readonly unknown[], meant: string): FindingFix | undefined {
  const value = choices.find((choice) => String(choice) === meant);
  if (typeof value !== "string") return replaceSource(node, meant, truthOf(node) === meant);
  if (TYPE_SYNONYMS.get(node.text.toLowerCase()) === meant) return replaceText(node, meant, true);
  return respell(node, { written: node.text, meant, candidates: choices.map(String) });
}

/** The units in the words of other tools, in full and in short. `M` and `m` are a month and a minute to some, so case counts there. */
const UNITS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      ["ms msec msecs millisecond milliseconds", 1],
      ["s sec secs second seconds", 1_000],
      ["m min mins minute minutes", 60_000],
      ["h hr hrs hour hours", 3_600_000],
      ["d day days", 86_400_000],
      ["w week weeks", 604_800_000],
    ] as const
  ).flatMap(([words, ms]) => words.split(" ").map((word) => [word, ms])),
);

/** A duration in other words: `5 minutes`, `1.5h`, `30m 1h`. Not a number without a unit. */
export function durationFix(node: ScalarNode): FindingFix | undefined {
  const text = node.text.trim();
  if (!/^(?:\d+(?:\.\d+)?\s*[a-z]+(?:\s*,\s*|\s+and\s+|\s*))+$/i.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)(?:\s*,\s*|\s+and\s+)?/gi)];
  let ms = 0;
  let written = "";
  for (const [, number = "", unit = ""] of parts) {
    const word = unit.length === 1 ? unit : unit.toLowerCase();
    const factor = Object.hasOwn(UNITS, word) ? UNITS[word] : undefined;
    if (factor === undefined) return undefined;
    ms += Number(number) * factor;
    written += `${number}${formatDuration(factor).replace(/^1/, "")}`;
  }
  if (!Number.isInteger(ms)) return undefined;
  const meant = parseDuration(written) === ms ? written : formatDuration(ms);
  return parseDuration(meant) === ms ? replaceText(node, meant, true) : undefined;
}
