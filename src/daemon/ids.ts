import { randomInt } from "node:crypto";
import type { RunId } from "../core/index.ts";
import type { Ids } from "../engine/index.ts";

/** Without vowels, so that no word appears, and without 0, 1 and l, which are read wrongly. */
const ALPHABET = "23456789bcdfghjkmnpqrstvwxz";
/** 27^6 = 387 million ids a second. */
const RANDOM_LENGTH = 6;

/** Run ids as `20260131-020000-x7k2mq`: when it was created (UTC), and something that nobody else drew. */
export const randomIds: Ids = {
  runId(now) {
    const stamp = new Date(now).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
    let random = "";
    for (let i = 0; i < RANDOM_LENGTH; i++) random += ALPHABET[randomInt(ALPHABET.length)];
    return `${stamp}-${random}` as RunId;
  },
};
