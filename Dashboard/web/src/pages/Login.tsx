// The form that exchanges a token for a session.
import { useState } from "preact/hooks";
import { type ApiError, post } from "../api";
import { Page } from "../parts/Page";

export function Login({ entered }: { entered: () => void }) {
  const [token, setToken] = useState("");
  const [said, setSaid] = useState("");
  const enter = (event: Event) => {
    event.preventDefault();
    post("/session", { token }).then(entered, (error: ApiError) => setSaid(error.status === 429 ? "Too many tries: wait a minute." : error.message));
  };
  return <Page title="Log in" about="This dashboard asks for the token that its operator gave you.">
    <form class="narrow" onSubmit={enter}>
      <label class="field">Token<input type="password" autocomplete="current-password" required value={token} onInput={(event) => setToken(event.currentTarget.value)} /></label>
      <button class="primary">Log in</button>
      {said && <p class="notice bad" role="alert">{said}</p>}
    </form>
  </Page>;
}
