// One stream of server-sent events for the whole application, open while somebody looks. It carries the newest state of each step, so a
// page that was asleep catches up at once and nothing piles up.
import { useEffect, useState } from "preact/hooks";

export interface StepLine { step: string; label: string; state: string; fraction: number | null; rate: string; eta_seconds: number | null; detail: string }

const steps = new Map<string, StepLine>();
const listeners = new Set<() => void>();
let source: EventSource | undefined;

function open() {
  source = new EventSource("/api/live");
  source.addEventListener("steps", (event) => {
    for (const line of JSON.parse((event as MessageEvent<string>).data) as StepLine[]) steps.set(line.step, line);
    for (const tell of listeners) tell();
  });
}

/** The steps as they stand now, drawn again when one changes. */
export function useSteps(): ReadonlyMap<string, StepLine> {
  const [, draw] = useState(0);
  useEffect(() => {
    const tell = () => draw((n) => n + 1);
    listeners.add(tell);
    if (!source) open();
    return () => {
      listeners.delete(tell);
      if (listeners.size > 0) return;
      source?.close();
      source = undefined;
    };
  }, []);
  return steps;
}
