/** Looks that happen at once. Ten thousand sensors that wake together must not open as many connections. */
const LOOKS_MAX = 16;
/** A look that takes longer no longer counts as one of them, in milliseconds: some that hang don't hold up the others. */
const TURN_MAX_MS = 10_000;

let looking = 0;
const queue: (() => void)[] = [];

/** Looks when it is this one's turn. */
export async function inTurn<T>(look: () => Promise<T>): Promise<T> {
  if (looking >= LOOKS_MAX) await new Promise<void>((resolve) => queue.push(resolve));
  else looking++;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    const next = queue.shift();
    // The place goes to the next one, or becomes free.
    if (next === undefined) looking--;
    else next();
  };
  const timer = setTimeout(end, TURN_MAX_MS).unref();
  try {
    return await look();
  } finally {
    clearTimeout(timer);
    end();
  }
}
