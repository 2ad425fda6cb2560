import type { EpochMs, RunId } from "../core/index.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { Clock, RunLease, Store } from "./ports.ts";

/** How long a lease lasts without being renewed. Another engine takes a run over after this. */
const LEASE_MS = 30_000;
/** Three tries to renew before a lease ends. */
const LEASE_RENEWAL_MS = 10_000;

interface KeeperParts {
  /** The runs whose leases are held. */
  readonly held: () => readonly DrivenRun[];
  /** Told of a run whose lease somebody else has taken. */
  readonly onLost: (driven: DrivenRun) => void;
}

/** Keeps the leases of driven runs from ending. */
export class LeaseKeeper {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #onTrouble: (message: string, cause: unknown) => void;
  readonly #parts: KeeperParts;
  #cancel: (() => void) | undefined;

  constructor(
    { store, clock }: { readonly store: Store; readonly clock: Clock },
    { owner, onTrouble }: { readonly owner: string; readonly onTrouble: (message: string, cause: unknown) => void },
    parts: KeeperParts,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#owner = owner;
    this.#onTrouble = onTrouble;
    this.#parts = parts;
  }

  /** When a lease ends that is taken now. */
  until(now: EpochMs): EpochMs {
    return now + LEASE_MS;
  }

  /** Renews the leases from now on, again and again. */
  keep(): void {
    this.#cancel ??= this.#clock.wakeIn(LEASE_RENEWAL_MS, () => {
      this.#cancel = undefined;
      this.keep();
      this.renew().catch((error: unknown) => this.#onTrouble("the leases were not renewed", error));
    });
  }

  /** There is nothing to renew. */
  rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** A lease that has ended can still be renewed, as long as nobody took it. Rejects with the store's error. */
  async renew(): Promise<void> {
    const held = this.#parts.held();
    if (held.length === 0) return;
    const leases = held.map((driven) => driven.lease);
    const renewed = await this.#store.renewLeases(leases, this.until(this.#clock.now()));
    const byRun = new Map(renewed.map((lease) => [lease.run_id, lease]));
    for (const driven of held) {
      const lease = byRun.get(driven.run.id);
      if (lease === undefined) this.#parts.onLost(driven);
      else driven.lease = lease;
    }
  }

  /** Leases runs that have not ended and that nobody drives: all, or those named. */
  take(run_ids?: readonly RunId[]): Promise<readonly RunLease[]> {
    const now = this.#clock.now();
    return this.#store.leaseRuns(this.#owner, now, this.until(now), run_ids);
  }

  /** Gives leases back. Never rejects: what is not given back ends by itself. */
  async release(runs: readonly DrivenRun[]): Promise<void> {
    try {
      await this.#store.releaseLeases(runs.map((driven) => driven.lease));
    } catch (error) {
      this.#onTrouble(`leases were not given back: ${runs.map(({ run }) => run.id).join(", ")}`, error);
    }
  }
}
