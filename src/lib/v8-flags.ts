/** Three weeks: as long as a timer can be. */
const NEVER_MS = 2_000_000_000;

/**
 * From now on keeps the part of the heap where objects begin from growing with each burst of work, and the rest from
 * growing by half before it is cleaned. For a process that lives for months, or meets very many files: it would keep
 * that memory, a third of it all or more, and gain little time.
 *
 * `young: "free"` is for bursts of work that have to be done in time: the first part grows with them, and isn't made small again in
 * the quiet between, or the next burst would begin with a dozen stops for it to grow.
 */
export function keepHeapSmall({ young = "small" }: { readonly young?: "small" | "free" } = {}): void {
  // Loaded when it is asked for: it takes a tenth of the time in which Node starts.
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  if (young === "small") setFlagsFromString("--semi-space-growth-factor=1");
  else setFlagsFromString(`--gc-memory-reducer-start-delay-ms=${NEVER_MS}`);
  setFlagsFromString("--heap-growing-percent=15");
}

/**
 * From now on compiles no function for the last time, with what V8 has learnt of it: for a process that is over after
 * seconds. On two cores that compiling takes as much time from what is to be done as it saves.
 */
export function leaveCodeAsItIs(): void {
  process.getBuiltinModule("node:v8").setFlagsFromString("--no-opt");
}
