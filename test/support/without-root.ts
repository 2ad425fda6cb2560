/** A user that owns nothing ("nobody" on most systems). */
const NOBODY = 65_534;

/**
 * Does something as a user to whom permissions apply. Root may write everywhere, so a test of a
 * read-only folder proves nothing as root; any other user stays as it is.
 */
export async function withoutRoot<T>(act: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
