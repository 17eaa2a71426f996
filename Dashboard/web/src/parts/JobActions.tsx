// What an operator may want of a study or a step in the state that it is in.
import { useState } from "preact/hooks";
import { type ApiError, post } from "../api";
import type { JobState } from "../jobs";
import { useOperator } from "../session";

const wishes: Record<string, (state: JobState) => boolean> = {
  pause: (state) => state === "running" || state === "ready" || state === "waiting",
  resume: (state) => state === "paused",
  retry: (state) => state === "failed" || state === "cancelled",
  cancel: (state) => state === "running" || state === "ready" || state === "waiting" || state === "paused",
};

export function JobActions({ name, label, state, changed }: { name: string; label: string; state: JobState; changed?: () => void }) {
  const operator = useOperator();
  const [said, setSaid] = useState("");
  if (!operator) return null;
  const want = (wish: string) => {
    if (wish === "cancel" && !confirm(`Cancel ${label}? What is finished is kept, and it can be tried again.`)) return;
    post<{ steps: number }>(`/jobs/${name}/${wish}`).then((reached) => { setSaid(`${wish}: ${reached.steps} steps`); changed?.(); }, (error: ApiError) => setSaid(error.message));
  };
  return <span class="actions">
    {Object.keys(wishes).filter((wish) => wishes[wish]!(state)).map((wish) =>
      <button key={wish} type="button" class={wish === "cancel" ? "danger" : undefined} aria-label={`${wish} ${label}`} onClick={() => want(wish)}>{wish}</button>)}
    <span class="soft" role="status">{said}</span>
  </span>;
}
