// The form that exchanges a token for a session, and the way to a provider of OpenID Connect.
import { useContext, useState } from "preact/hooks";
import { type ApiError, post } from "../api";
import { Page } from "../parts/Page";
import { useAddress } from "../route";
import { Who } from "../session";

export function Login({ entered }: { entered: () => void }) {
  const [token, setToken] = useState("");
  const { tokens_taken, provider } = useContext(Who);
  const [said, setSaid] = useState("");
  const enter = (event: Event) => {
    event.preventDefault();
    post("/session", { token }).then(entered, (error: ApiError) => setSaid(error.status === 429 ? "Too many tries: wait a minute." : error.message));
  };
  const refused = refusals[useAddress().query.get("login") ?? ""];
  return <Page title="Log in" about={tokens_taken ? "This dashboard asks for the token that its operator gave you." : "This dashboard asks who you are."}>
    {refused && !said && <p class="notice bad" role="alert">{refused}</p>}
    {provider && <p><a class="button" href="/api/session/openid">Log in with {provider}</a></p>}
    {tokens_taken && <form class="narrow" onSubmit={enter}>
      <label class="field">Token<input type="password" autocomplete="current-password" required value={token} onInput={(event) => setToken(event.currentTarget.value)} /></label>
      <button class="primary">Log in</button>
      {said && <p class="notice bad" role="alert">{said}</p>}
    </form>}
  </Page>;
}

const refusals: Record<string, string> = {
  nobody: "The provider knows you, but this dashboard's operator has not let you in: ask for a role.",
  failed: "The provider did not let you in. Try again, or ask its operator.",
};
