/** Looks that happen at once. Ten thousand sensors that wake together must not open as many connections. */
const LOOKS_MAX = 16;

let looking = 0;
const queue: (() => void)[] = [];

/** Looks when it is this one's turn. */
export async function inTurn<T>(look: () => Promise<T>): Promise<T> {
  if (looking >= LOOKS_MAX) await new Promise<void>((resolve) => queue.push(resolve));
  else looking++;
  try {
    return await look();
  } finally {
    const next = queue.shift();
    // The place goes to the next one, or becomes free.
    if (next === undefined) looking--;
    else next();
  }
}
