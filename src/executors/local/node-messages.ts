import type { JsonObject } from "../../lib/index.ts";
import type { AttemptFiles } from "./files.ts";

/*
 * What the engine and a Node process that calls functions for it say to each other: a line of JSON each.
 */

/** The process's end of the channel. */
export const CHANNEL_FD = 4;

/** The process has the status file of its attempt open there; see `isWrapper`. */
export const STATUS_FD = 3;

/** Asks for one attempt. */
export interface CallRequest {
  readonly files: Pick<AttemptFiles, "folder" | "status" | "fence" | "stdout" | "stderr" | "output" | "error">;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** An absolute path. */
  readonly module: string;
  /** The name that the module exports the function under. */
  readonly function: string;
  readonly context: JsonObject;
  readonly args: JsonObject;
  /** The process may carry out another attempt after this one. */
  readonly keep: boolean;
}

export type CallAnswer =
  /** The attempt is this process's now. */
  | { readonly type: "began" }
  /** It is somebody else's, or was given up. */
  | { readonly type: "exists" }
  /** Nothing has run: the process can't carry it out as it is. */
  | { readonly type: "unfit" }
  /** It ended well, and the process is free again. Any other end is that of the process. */
  | { readonly type: "free" };
