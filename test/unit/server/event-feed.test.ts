import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { EventFeed } from "../../../src/server/event-feed.ts";
import type { Happening } from "../../../src/server/index.ts";

/** A response that keeps what is written to it, as a client reads it. */
class Client extends EventEmitter {
  text = "";
  writableLength = 0;
  destroyed = false;
  writeHead(): void {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  end(): void {
    this.emit("close");
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
  follow(feed: EventFeed, filter = {}, last_id?: string): this {
    feed.follow(this as unknown as ServerResponse, filter, last_id);
    return this;
  }
  get types(): readonly string[] {
    return [...this.text.matchAll(/^event: (.*)$/gm)].map(([, type = ""]) => type);
  }
  get lastId(): string {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? "";
  }
  /** The sequence numbers of the runs' events. */
  get seqs(): readonly number[] {
    return [...this.text.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq));
  }
}

const happened = (seq: number, pipeline = "load", id = "r1"): Happening =>
  ({
    type: "run",
    event: { type: "run_started", seq, at: 1 },
    run: { id, state: "running" },
    pipeline,
  }) as unknown as Happening;

describe("who follows", () => {
  test("gets what happens from then on", () => {
    const feed = new EventFeed();
    feed.publish(happened(1));
    const client = new Client().follow(feed);
    feed.publish(happened(2));
    feed.publish({ type: "catalog" });
    expect(client.types).toEqual(["hello", "run", "catalog"]);
    expect(client.seqs).toEqual([2]);
  });

  test("gets what was missed when it comes back, and nothing twice", () => {
    const feed = new EventFeed();
    const before = new Client().follow(feed);
    feed.publish(happened(1));
    before.end();
    feed.publish(happened(2));
    feed.publish(happened(3));
    const after = new Client().follow(feed, {}, before.lastId);
    feed.publish(happened(4));
    expect([before.seqs, after.seqs]).toEqual([[1], [2, 3, 4]]);
  });

  test("is told to begin anew when what was missed is not kept, or was another daemon's", () => {
    const feed = new EventFeed();
    const first = new Client().follow(feed);
    for (let seq = 1; seq <= 25_000; seq++) feed.publish(happened(seq));
    expect(new Client().follow(feed, {}, first.text.match(/^id: (\S+)/m)?.[1]).types).toEqual(["reset"]);
    expect(new Client().follow(feed, {}, "0-24999").types).toEqual(["reset"]);
    expect(new Client().follow(feed, {}, "nonsense").types).toEqual(["reset"]);
    expect(new Client().follow(feed, {}, first.lastId).types).toEqual([]);
  });

  test("gets only what it asked for", () => {
    const feed = new EventFeed();
    const [of_run, of_pipeline] = [
      new Client().follow(feed, { run_id: "r2" }),
      new Client().follow(feed, { pipeline: "load" }),
    ];
    feed.publish(happened(1, "load", "r1"));
    feed.publish(happened(2, "load", "r2"));
    feed.publish(happened(3, "other", "r3"));
    feed.publish({ type: "catalog" });
    expect([of_run.seqs, of_run.types]).toEqual([[2], ["hello", "run"]]);
    expect([of_pipeline.seqs, of_pipeline.types]).toEqual([
      [1, 2],
      ["hello", "run", "run", "catalog"],
    ]);
  });

  test("is cut off when it doesn't read, and the others go on", () => {
    const feed = new EventFeed();
    const [slow, quick] = [new Client().follow(feed), new Client().follow(feed)];
    slow.writableLength = 5_000_000;
    feed.publish(happened(1));
    feed.publish(happened(2));
    expect([slow.destroyed, slow.seqs, quick.seqs]).toEqual([true, [1], [1, 2]]);
  });
});
