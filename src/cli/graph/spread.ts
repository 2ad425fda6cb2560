/** Something that wants to stand at `wish`. It reaches from `wish - before` to `wish + after`. */
export interface Wish {
  readonly wish: number;
  readonly before: number;
  readonly after: number;
  /** How much it minds standing elsewhere. */
  readonly weight: number;
}

/**
 * Places things in the given order, at least `gap` apart and within bounds (which must have room), as near as
 * can be to where they want to stand: the weighted sum of squared distances is least. Whole numbers. Things
 * that push each other form a block, and a block stands at the mean of its members' wishes.
 */
export function spread(
  things: readonly Wish[],
  gap: number,
  bounds: readonly [least: number, most: number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): readonly number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [at, thing] of things.entries()) {
    const previous = things[at - 1];
    if (previous !== undefined) offset += previous.after + gap + thing.before;
    offsets.push(offset);
  }
  const blocks: { first: number; sum: number; weight: number }[] = [];
  for (const [at, thing] of things.entries()) {
    let block = { first: at, sum: (thing.wish - (offsets[at] ?? 0)) * thing.weight, weight: thing.weight };
    for (
      let left = blocks.at(-1);
      left !== undefined && left.sum / left.weight > block.sum / block.weight;
      left = blocks.at(-1)
    ) {
      blocks.pop();
      block = { first: left.first, sum: left.sum + block.sum, weight: left.weight + block.weight };
    }
    blocks.push(block);
  }
  const [least, most] = [bounds[0], bounds[1] - offset];
  return blocks.flatMap(({ first, sum, weight }, at) => {
    const start = Math.max(least, Math.min(most, Math.round(sum / weight)));
    return offsets.slice(first, blocks[at + 1]?.first).map((each) => start + each);
  });
}
