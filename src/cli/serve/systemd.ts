/** Tells systemd how the daemon does, where that started it with `Type=notify`. */
export interface Systemd {
  stopping(): void;
  close(): void;
}

/** systemd counts a service as stuck after this; twice in that time it is told otherwise. In microseconds. */
const WATCHDOG = "WATCHDOG_USEC";
const USEC_PER_MS = 1_000;

/** Says that the daemon is ready, and from then on that it lives. Elsewhere nothing is said. */
export async function tellSystemd(
  env: Readonly<Record<string, string | undefined>>,
  onTrouble: (message: string, cause: unknown) => void,
): Promise<Systemd> {
  if (env.NOTIFY_SOCKET === undefined) return { stopping: () => {}, close: () => {} };
  const { execa } = await import("execa");
  const tell = async (...words: readonly string[]): Promise<void> => {
    try {
      await execa("systemd-notify", [`--pid=${process.pid}`, ...words]);
    } catch (error) {
      onTrouble("systemd could not be told how the daemon does", error);
    }
  };
  await tell("--ready");
  const watchdog_ms = Number(env[WATCHDOG] ?? 0) / USEC_PER_MS;
  const timer = watchdog_ms > 0 ? setInterval(() => void tell("WATCHDOG=1"), watchdog_ms / 2) : undefined;
  return { stopping: () => void tell("--stopping"), close: () => clearInterval(timer) };
}
