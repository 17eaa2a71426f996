// The application: a menu, a page by its address, and the login form before both where one is needed.
import { render } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { get, send, whenUnauthorized } from "./api";
import { useLive } from "./live";
import { pages } from "./pages";
import { Login } from "./pages/Login";
import { Page } from "./parts/Page";
import { Theme } from "./parts/Theme";
import { fits, Link, useAddress } from "./route";
import { type Session, stranger, Who } from "./session";
import "./style.css";

function Found({ path }: { path: string }) {
  for (const { pattern, component: Component } of pages) {
    const parts = fits(pattern, path);
    if (parts) return <Component key={path} {...parts} />;
  }
  return <Page title="No such page"><p>There is nothing at {path}. <Link to="/">Overview</Link></p></Page>;
}

function Menu({ path }: { path: string }) {
  const { engine_pages } = useContext(Who);
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return <nav aria-label="Pages" class={open ? "open" : undefined}>
    <button type="button" class="menu" aria-expanded={open} onClick={() => setOpen(!open)}>Menu</button>
    <ul>{pages.filter((page) => page.menu).map((page) => <li key={page.pattern}>
      <Link to={page.pattern} current={page.pattern === "/" ? path === "/" : path.startsWith(page.pattern)}>{page.menu}</Link>
    </li>)}
      {engine_pages && <li><a href={engine_pages}>Job engine</a></li>}</ul>
  </nav>;
}

/** Says when what is shown is no longer followed. */
const Connection = () => <span class="connection" role="status">{useLive().connected ? "" : "The server doesn't answer: what you see is what was known last."}</span>;

function App() {
  const { path } = useAddress();
  const [session, setSession] = useState<Session>();
  const ask = () => { get<Session>("/session").then(setSession, () => setSession((before) => before ?? stranger)); };
  useEffect(() => { whenUnauthorized(ask); ask(); }, []);
  const leave = () => { send("DELETE", "/session").then(ask); };
  if (!session) return null;
  return <Who.Provider value={session}>
    <a class="skip" href="#content">Skip to the content</a>
    <header class="top">
      <Link to="/" class="brand">FlowDataPipeline</Link>
      <span class="spring" />
      {session.role && <Connection />}
      <Theme />
      {session.login_needed && session.role && <span class="who">{session.name === session.role ? session.role : `${session.name}, ${session.role}`} <button type="button" onClick={leave}>Log out</button></span>}
    </header>
    {session.role && <Menu path={path} />}
    <main id="content" tabIndex={-1}>{session.role ? <Found path={path} /> : <Login entered={ask} />}</main>
  </Who.Provider>;
}

render(<App />, document.getElementById("app")!);
