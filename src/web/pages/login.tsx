import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { signIn } from "../api/client.ts";
import { Problem } from "../components/problem.tsx";

/** Asks for a token. */
export function LoginPage(): JSX.Element {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const submit = (event: Event): void => {
    event.preventDefault();
    setError(undefined);
    signIn(token.trim()).catch(setError);
  };
  return (
    <main class="login">
      <form onSubmit={submit}>
        <h1>Engine</h1>
        <p>This daemon wants to know who you are.</p>
        <label>
          Token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        {error !== undefined && <Problem error={error} />}
        <button type="submit" class="primary">
          Log in
        </button>
        <p class="hint">
          Whoever looks after the daemon makes one: <code>engine token create NAME --role viewer</code>
        </p>
      </form>
    </main>
  );
}
