/** Longer than anything that a test waits for, on the slowest machine. */
const PATIENCE_MS = 20_000;
/** Between two looks at something that sends no event. */
const LOOK_MS = 10;

/** Waits until a condition holds that nothing tells of. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
