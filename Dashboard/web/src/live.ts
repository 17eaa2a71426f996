// One stream of server-sent events for the whole application, open while somebody looks. A page lays what changed over the lists that it
// asked for; when the stream was cut and opens again, `epoch` moves and the lists are asked for anew, so that nothing piles up or is missed.
import { useEffect, useState } from "preact/hooks";
import { unauthorized } from "./api";
import type { StepJob, StudyJob, WorkerJob } from "./jobs";

export interface Live {
  epoch: number;
  /** False while the server can't be reached: what is shown is what was known last. */
  connected: boolean;
  steps: ReadonlyMap<string, StepJob>;
  studies: ReadonlyMap<string, StudyJob>;
  workers: ReadonlyMap<string, WorkerJob>;
}

const live = { epoch: 0, connected: true, steps: new Map<string, StepJob>(), studies: new Map<string, StudyJob>(), workers: new Map<string, WorkerJob>() };
const listeners = new Set<() => void>();
const tell = () => { for (const listener of listeners) listener(); };
const retryAfter = 3000;

type Events = Record<string, (data: string) => void>;

/**
 * Follows a stream of the API while somebody sees the page, and gives the connection back while nobody does: a browser has six for one server,
 * and tabs that are left open would use them up. Returns what ends it.
 */
export function follow(path: string, events: Events, connected: (on: boolean) => void = () => {}): () => void {
  let source: EventSource | undefined;
  const close = () => { source?.close(); source = undefined; };
  const look = () => {
    if (document.hidden) close();
    else if (!source) source = listen(path, events, connected, () => { close(); setTimeout(() => { if (!ended) look(); }, retryAfter); });
  };
  let ended = false;
  look();
  document.addEventListener("visibilitychange", look);
  return () => { ended = true; document.removeEventListener("visibilitychange", look); close(); };
}

function listen(path: string, events: Events, connected: (on: boolean) => void, refused: () => void): EventSource {
  const source = new EventSource(path);
  for (const [name, take] of Object.entries(events)) source.addEventListener(name, (event) => take((event as MessageEvent<string>).data));
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    // A cut is mended by the browser; after a refusal it gives up. The session may have ended with the server.
    if (source.readyState === EventSource.CLOSED) { unauthorized(); refused(); }
  });
  return source;
}

function connected(on: boolean) {
  live.connected = on;
  if (on) {
    live.epoch++;
    live.steps.clear();
    live.studies.clear();
    live.workers.clear();
  }
  tell();
}

function changed(data: string) {
  const { steps, studies, workers } = JSON.parse(data) as { steps: StepJob[]; studies: StudyJob[]; workers: WorkerJob[] };
  for (const step of steps) live.steps.set(step.name, step);
  for (const study of studies) live.studies.set(study.id, study);
  for (const worker of workers) live.workers.set(worker.id, worker);
  tell();
}

let end: (() => void) | undefined;

/** What has changed since the stream opened; the component is drawn again when more does. */
export function useLive(): Live {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    listeners.add(again);
    end ??= follow("/api/live", { changed }, connected);
    return () => {
      listeners.delete(again);
      if (listeners.size > 0) return;
      end?.();
      end = undefined;
    };
  }, []);
  return live;
}

/** A list with its changed entries in their new state; entries that are new come first. */
export function laidOver<T>(list: readonly T[], changed: ReadonlyMap<string, T>, keyOf: (one: T) => string, add = false): T[] {
  const known = new Set(list.map(keyOf));
  const fresh = add ? [...changed].filter(([key]) => !known.has(key)).map(([, one]) => one) : [];
  return [...fresh, ...list.map((one) => changed.get(keyOf(one)) ?? one)];
}
