import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Happening } from "./api.ts";

/*
 * What happens, as server-sent events. Who comes back with `Last-Event-ID` gets what it missed, as long as that is kept;
 * otherwise a `reset` says to load everything anew.
 */

/** Of what. Absent: of everything. */
export interface FeedFilter {
  readonly pipeline?: string;
  readonly run_id?: string;
}

interface FeedEvent {
  readonly number: number;
  readonly type: string;
  readonly data: string;
  readonly pipeline?: string;
  readonly run_id?: string;
}

interface Subscriber {
  readonly response: ServerResponse;
  readonly filter: FeedFilter;
}

/** Events that are kept for who comes back. */
const KEPT = 10_000;
/** Who has so much unread, in bytes, is cut off: it comes back, and gets what it missed. */
const BEHIND_MAX_BYTES = 4 * 1024 * 1024;
/** Something is sent that often, in milliseconds, so that nobody on the way takes the connection for dead. */
const HEARTBEAT_MS = 15_000;
/** How soon a client that lost its connection comes back, in milliseconds. */
const RETRY_MS = 2_000;

export class EventFeed {
  /** Numbers begin anew with each daemon: an id of another one is known by this. */
  readonly #boot = randomBytes(4).toString("hex");
  readonly #events: FeedEvent[] = [];
  #number = 0;
  readonly #subscribers = new Set<Subscriber>();
  #heartbeat: NodeJS.Timeout | undefined;

  /** Sends what happened to everybody who follows it. */
  publish(happening: Happening): void {
    const told = tellingOf(happening);
    this.#number += 1;
    const event = { ...told, number: this.#number };
    this.#events.push(event);
    if (this.#events.length > 2 * KEPT) this.#events.splice(0, KEPT);
    if (this.#subscribers.size === 0) return;
    const text = this.#format(event);
    for (const subscriber of this.#subscribers) {
      if (!concerns(event, subscriber.filter)) continue;
      subscriber.response.write(text);
      if (subscriber.response.writableLength > BEHIND_MAX_BYTES) subscriber.response.destroy();
    }
  }

  /** Sends events to a response until it is closed. `last_id`: the last that it has had. */
  follow(response: ServerResponse, filter: FeedFilter, last_id: string | undefined): void {
    beginStream(response);
    const [boot, text = ""] = last_id?.split("-") ?? [];
    const number = Number(text);
    const oldest = this.#events[0]?.number ?? this.#number + 1;
    if (last_id === undefined) response.write(this.#mark("hello"));
    else if (boot !== this.#boot || !(number >= oldest - 1)) response.write(this.#mark("reset"));
    else {
      for (const event of this.#events) {
        if (event.number > number && concerns(event, filter)) response.write(this.#format(event));
      }
    }
    const subscriber = { response, filter };
    this.#subscribers.add(subscriber);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    response.on("close", () => this.#subscribers.delete(subscriber));
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const { response } of this.#subscribers) response.end();
    this.#subscribers.clear();
  }

  #beat(): void {
    for (const { response } of this.#subscribers) response.write(": \n\n");
  }

  #mark(type: string): string {
    return `id: ${this.#boot}-${this.#number}\nevent: ${type}\ndata: {}\n\n`;
  }

  #format({ number, type, data }: FeedEvent): string {
    return `id: ${this.#boot}-${number}\nevent: ${type}\ndata: ${data}\n\n`;
  }
}

/** Begins a stream of server-sent events. */
export function beginStream(response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies that gather answers would hold events back.
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
}

function tellingOf(happening: Happening): Omit<FeedEvent, "number"> {
  switch (happening.type) {
    case "run": {
      const { event, run, pipeline } = happening;
      const data = JSON.stringify({ run_id: run.id, pipeline, run_state: run.state, event });
      return { type: "run", data, pipeline, run_id: run.id };
    }
    case "schedule":
      return {
        type: "schedule",
        data: JSON.stringify(happening.event),
        pipeline: happening.event.pipeline,
      };
    case "catalog":
      return { type: "catalog", data: "{}" };
  }
}

function concerns(event: FeedEvent, { pipeline, run_id }: FeedFilter): boolean {
  if (run_id !== undefined) return event.run_id === run_id;
  return pipeline === undefined || event.pipeline === undefined || event.pipeline === pipeline;
}
