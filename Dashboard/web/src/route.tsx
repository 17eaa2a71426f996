// Addresses of the one application: the browser's history, links that don't reload, and patterns such as /studies/:id.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const moved = "flow-moved";

export function go(to: string, replace = false) {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  dispatchEvent(new Event(moved));
}

/** The present path and query; the component is drawn again when either changes. */
export function useAddress(): { path: string; query: URLSearchParams } {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    addEventListener("popstate", again);
    addEventListener(moved, again);
    return () => { removeEventListener("popstate", again); removeEventListener(moved, again); };
  }, []);
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** The named parts of a path that fits the pattern, or null. */
export function fits(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/"), given = path.split("/");
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(":")) parts[part.slice(1)] = decodeURIComponent(given[i]!);
    else if (part !== given[i]) return null;
  }
  return parts;
}

export function Link({ to, children, current, ...rest }: { to: string; children: ComponentChildren; current?: boolean; class?: string; title?: string }) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
    scrollTo(0, 0);
  };
  return <a href={to} onClick={follow} aria-current={current ? "page" : undefined} {...rest}>{children}</a>;
}
