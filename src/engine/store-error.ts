export const STORE_ERROR_CODES = [
  /** Another process holds the data folder. */
  "held",
  /** Written by a newer version of the engine; untouched. */
  "newer_version",
  /** Written by an older version, and opened for reading only, so that it can't be brought up to date. */
  "older_version",
  /** Damaged, or not a store of ours. */
  "corrupt",
  /** The files or their folder can't be used by this user, or the store was opened for reading. */
  "read_only",
  /** No space left. What was stored before is intact; a later call works once there is space. */
  "disk_full",
  /** A page was asked for with something that is not the `next` of an earlier page. */
  "bad_cursor",
  /** The store was closed. */
  "closed",
  /** Anything else that the operating system refused. */
  "io",
] as const;
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

/** Why a store can't do what it was asked. The message says where, what, why and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
