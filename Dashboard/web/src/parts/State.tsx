// A state as a word with a mark, never as a colour alone; and progress with its figures.
import { duration } from "../format";

const marks: Record<string, string> = { running: "◐", done: "●", alive: "●", waiting: "○", ready: "○", failed: "✕", silent: "✕", paused: "‖", cancelled: "–", stopped: "–" };

export const State = ({ state }: { state: string }) => <span class={`state ${state}`}><span aria-hidden="true">{marks[state] ?? "○"}</span> {state}</span>;

export function Progress({ label, fraction, eta, rate }: { label: string; fraction: number | null; eta?: number | null; rate?: string }) {
  return <span class="progress">
    <progress aria-label={`Progress of ${label}`} value={fraction ?? undefined} max={1} />
    <span class="soft">{fraction == null ? "" : `${Math.floor(fraction * 100)} %`}{eta != null && (fraction ?? 0) < 1 && ` · ${duration(eta)} left`}{rate && ` · ${rate}`}</span>
  </span>;
}
