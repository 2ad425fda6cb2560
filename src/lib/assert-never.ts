/** Fails to compile when a closed union has a member that the caller did not handle; throws if one arrives anyway. */
export function assertNever(value: never, what = "value"): never {
  throw new Error(`unhandled ${what}: ${JSON.stringify(value)}`);
}
