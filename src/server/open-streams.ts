import type { ServerResponse } from "node:http";

/** How often it is looked at whether who follows may do so still, in milliseconds. */
const LOOK_MS = 1_000;

/** Streams that go on. A token that runs out or is taken back ends those that were begun with it. */
export class OpenStreams {
  readonly #open = new Map<ServerResponse, () => boolean>();
  #looking: NodeJS.Timeout | undefined;

  /** `may`: whether it may go on. */
  add(response: ServerResponse, may: () => boolean): void {
    this.#open.set(response, may);
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
    response.on("close", () => this.#open.delete(response));
  }

  close(): void {
    clearInterval(this.#looking);
  }

  #look(): void {
    for (const [response, may] of this.#open) if (!may()) response.destroy();
  }
}
