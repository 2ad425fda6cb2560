/** The signals that ask a run in the foreground to end, and their numbers: a process that they ended exits with 128 plus that. */
export const STOP_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type StopSignal = keyof typeof STOP_SIGNALS;

/** Calls back at each signal that asks to end, with how many came before it; until the returned function is called. */
export type OnStopSignal = (listener: (signal: StopSignal, before: number) => void) => () => void;

/** The process's own signals. */
export const onProcessStopSignal: OnStopSignal = (listener) => onSignals(Object.keys(STOP_SIGNALS), listener);

/** The same for a process that SIGHUP doesn't end. */
export const onDaemonStopSignal: OnStopSignal = (listener) =>
  onSignals(
    Object.keys(STOP_SIGNALS).filter((signal) => signal !== "SIGHUP"),
    listener,
  );

function onSignals(signals: readonly string[], listener: Parameters<OnStopSignal>[0]): () => void {
  let before = 0;
  const handle = (signal: NodeJS.Signals): void => listener(signal as StopSignal, before++);
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
