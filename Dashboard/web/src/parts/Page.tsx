// What every page is made of: a heading, a line of what it is for, sections, and the states of waiting and failing.
import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { Asked } from "../api";

export function Page({ title, about, actions, children }: { title: string; about?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · FlowDataPipeline`; }, [title]);
  return <>
    <header class="page-head">
      <div><h1 id="title" tabIndex={-1}>{title}</h1>{about && <p class="soft">{about}</p>}</div>
      {actions && <div class="actions">{actions}</div>}
    </header>
    {children}
  </>;
}

export function Section({ title, aside, children }: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  const id = useId();
  return <section aria-labelledby={id}>
    <div class="section-head"><h2 id={id}>{title}</h2>{aside}</div>
    {children}
  </section>;
}

/** The answer once it is there; until then that it is on its way, or why it is not coming. */
export function Answer<T>({ of, children }: { of: Asked<T>; children: (data: T) => ComponentChildren }) {
  if (of.error) return <p class="notice bad" role="alert">{of.error.message} <button type="button" onClick={of.reload}>Try again</button></p>;
  if (of.data === undefined) return <p class="soft" role="status">Loading…</p>;
  return <>{children(of.data)}</>;
}

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;
