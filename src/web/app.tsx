import type { JSX } from "preact";
import { isSignedOut } from "./api/client.ts";
import { Shell } from "./components/shell.tsx";
import { place } from "./lib/router.ts";
import { LoginPage } from "./pages/login.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { PipelinesPage } from "./pages/pipelines.tsx";

/** The page: who is not known logs in, everybody else sees what the address names. */
export function App(): JSX.Element {
  if (isSignedOut.value) return <LoginPage />;
  return <Shell>{pageOf(place.value)}</Shell>;
}

function pageOf(pieces: readonly string[]): JSX.Element {
  const [kind] = pieces;
  if (kind === undefined) return <PipelinesPage />;
  return <NotFoundPage />;
}
