import { computed, signal } from "@preact/signals";

/*
 * Addresses of the page, over the browser's history. Every link is a plain <a href>: clicks on those of this page are
 * taken over, so that new tabs and copied addresses work as everywhere.
 */

const here = (): URL => new URL(window.location.href);

const address = signal(here());

/** The path in pieces, decoded: `["runs", "r-1"]`. */
export const place = computed<readonly string[]>(() =>
  address.value.pathname
    .split("/")
    .filter((piece) => piece !== "")
    .map(decoded),
);

/** What stands behind the question mark. */
export const query = computed(() => address.value.searchParams);

export interface GoOptions {
  /** In place of the present entry of the history. */
  readonly replace?: boolean;
}

/** Shows another address of the page. */
export function go(to: string, { replace = false }: GoOptions = {}): void {
  const before = address.value.pathname;
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  address.value = here();
  if (address.value.pathname !== before) window.scrollTo(0, 0);
}

/** Changes parts of the query, in place; undefined takes one out. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const url = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  go(`${url.pathname}${url.search}`, { replace: true });
}

/** A path out of pieces: `path("runs", id)`. */
export function path(...pieces: readonly string[]): string {
  return `/${pieces.map(encodeURIComponent).join("/")}`;
}

/** Takes over the clicks on links, and the browser's way back. */
export function startRouter(): void {
  window.addEventListener("popstate", () => {
    address.value = here();
  });
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const href = link?.getAttribute("href");
    if (link === null || href == null || link.target !== "" || link.hasAttribute("download")) return;
    const url = new URL(href, window.location.href);
    if (url.origin !== window.location.origin || url.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(`${url.pathname}${url.search}${url.hash}`);
  });
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
