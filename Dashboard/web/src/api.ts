// The JSON API of this server. Everything that comes from it is text or numbers, never markup.
import { useCallback, useEffect, useState } from "preact/hooks";

export interface Mistake { path: string; given: string; allowed: string }

/** Why a request was not answered; `mistakes` says it field by field for a spec. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly mistakes: Mistake[] = []) { super(message); }
}

let onUnauthorized = () => {};
export const unauthorized = () => onUnauthorized();
export const whenUnauthorized = (act: () => void) => { onUnauthorized = act; };

export async function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = method === "GET" ? {} : { "X-Flow-Request": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/api${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  if (answer.ok) return (answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : undefined) as T;
  const refusal = await answer.json().catch(() => ({})) as { message?: string; mistakes?: Mistake[] };
  if (answer.status === 401 && path !== "/session") onUnauthorized();
  const why = refusal.message ?? (answer.status === 403 ? "this needs the operator's role" : `the server answered ${answer.status}`);
  throw new ApiError(answer.status, why, refusal.mistakes);
}

export const get = <T,>(path: string, signal?: AbortSignal) => send<T>("GET", path, undefined, signal);
export const post = <T,>(path: string, body?: unknown) => send<T>("POST", path, body);

/** An address with its parameters; those that are undefined or empty are left out. */
export function withQuery(path: string, values: Record<string, string | number | boolean | undefined | null>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export interface Asked<T> { data?: T; error?: ApiError; reload: () => void }

/** What the API answers at a path, asked again when the path or `epoch` changes or `reload` is called; `null` asks nothing. */
export function useApi<T>(path: string | null, epoch = 0): Asked<T> {
  const [answer, setAnswer] = useState<{ path: string | null; data?: T; error?: ApiError }>({ path: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    get<T>(path, stop.signal).then(
      (data) => setAnswer({ path, data }),
      (error) => { if (!stop.signal.aborted) setAnswer((before) => ({ path, data: before.path === path ? before.data : undefined, error: error as ApiError })); });
    return () => stop.abort();
  }, [path, round, epoch]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return answer.path === path ? { data: answer.data, error: answer.error, reload } : { reload };
}

/** Does something again and again while somebody sees the page; returns what ends it. */
export function whileSeen(everyMs: number, act: () => void): () => void {
  const timer = setInterval(() => { if (!document.hidden) act(); }, everyMs);
  return () => clearInterval(timer);
}
