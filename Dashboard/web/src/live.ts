// One stream of server-sent events for the whole application, open while somebody looks. A page lays what changed over the lists that it
// asked for; when the stream was cut and opens again, `epoch` moves and the lists are asked for anew, so that nothing piles up or is missed.
import { useEffect, useState } from "preact/hooks";
import type { StepJob, StudyJob, WorkerJob } from "./jobs";

export interface Live {
  epoch: number;
  steps: ReadonlyMap<string, StepJob>;
  studies: ReadonlyMap<string, StudyJob>;
  workers: ReadonlyMap<string, WorkerJob>;
}

const live = { epoch: 0, steps: new Map<string, StepJob>(), studies: new Map<string, StudyJob>(), workers: new Map<string, WorkerJob>() };
const listeners = new Set<() => void>();
const tell = () => { for (const listener of listeners) listener(); };
let source: EventSource | undefined;

function open() {
  source = new EventSource("/api/live");
  source.addEventListener("open", () => {
    live.epoch++;
    live.steps.clear();
    live.studies.clear();
    live.workers.clear();
    tell();
  });
  source.addEventListener("changed", (event) => {
    const changed = JSON.parse((event as MessageEvent<string>).data) as { steps: StepJob[]; studies: StudyJob[]; workers: WorkerJob[] };
    for (const step of changed.steps) live.steps.set(step.name, step);
    for (const study of changed.studies) live.studies.set(study.id, study);
    for (const worker of changed.workers) live.workers.set(worker.id, worker);
    tell();
  });
}

/** What has changed since the stream opened; the component is drawn again when more does. */
export function useLive(): Live {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw((n) => n + 1);
    listeners.add(again);
    if (!source) open();
    return () => {
      listeners.delete(again);
      if (listeners.size > 0) return;
      source?.close();
      source = undefined;
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
