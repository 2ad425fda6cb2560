import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EpochMs } from "../core/index.ts";
import { ROLES, type Role, type Who } from "./api.ts";

/*
 * Who may ask from elsewhere: a file in the data folder, so that a token can be made and taken back with and without a
 * daemon. Of a token only a hash is kept; it has 256 random bits, so that one pass of SHA-256 is as good as a slow one.
 */

/** A token as it is kept. */
export interface StoredToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly created_at: EpochMs;
  /** Absent: never. */
  readonly expires_at?: EpochMs;
}

/** What tokens begin with, for scanners that look for secrets. */
const PREFIX = "engine_";
const TOKEN_BYTES = 32;

/** The file with tokens, in the data folder. */
export function tokensFile(data: string): string {
  return join(data, "tokens.json");
}

/** A new token and what is kept of it. The token itself is shown once and never again. */
export function newToken(asked: Omit<StoredToken, "hash">): { readonly token: string; readonly stored: StoredToken } {
  const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  return { token, stored: { ...asked, hash: hashOf(token) } };
}

/** The tokens of a data folder; none when there is no file. Throws when the file can't be read or is damaged. */
export function readTokens(data: string): readonly StoredToken[] {
  let text: string;
  try {
    text = readFileSync(tokensFile(data), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const { tokens } = JSON.parse(text) as { readonly tokens?: unknown };
  if (Array.isArray(tokens) && tokens.every(isToken)) return tokens;
  throw new Error(`${tokensFile(data)} is damaged: delete it, and create the tokens anew`);
}

/** Puts other tokens in place of those that are there, in one step. */
export function writeTokens(data: string, tokens: readonly StoredToken[]): void {
  const file = tokensFile(data);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600 });
  const fd = openSync(draft, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, file);
}

function isToken(value: unknown): value is StoredToken {
  const { name, role, hash, created_at } = (value ?? {}) as Partial<StoredToken>;
  const known = ROLES.some((each) => each === role);
  return known && typeof name === "string" && typeof hash === "string" && typeof created_at === "number";
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Tells who a token belongs to. Reads the file again when it has changed: what is taken back is refused at once. */
export class TokenCheck {
  readonly #data: string;
  #mark = "";
  #tokens: readonly StoredToken[] = [];

  constructor(data: string) {
    this.#data = data;
  }

  /** Undefined for a token that is not there, or has run out. */
  whose(token: string, now: EpochMs): Who | undefined {
    const hash = Buffer.from(hashOf(token), "hex");
    const known = this.#read().find((each) => {
      const other = Buffer.from(each.hash, "hex");
      return other.length === hash.length && timingSafeEqual(other, hash);
    });
    if (known === undefined || (known.expires_at !== undefined && known.expires_at <= now)) return undefined;
    return { by: known.name, role: known.role };
  }

  #read(): readonly StoredToken[] {
    const stats = statSync(tokensFile(this.#data), { throwIfNoEntry: false });
    const mark = stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (mark === this.#mark) return this.#tokens;
    this.#tokens = readTokens(this.#data);
    this.#mark = mark;
    return this.#tokens;
  }
}
