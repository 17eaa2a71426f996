// Submitted studies, their steps and workers, as the API gives them. Times are milliseconds since 1970.
export type JobState = "waiting" | "ready" | "running" | "done" | "failed" | "cancelled" | "paused" | "stopped";

export interface StepJob {
  name: string; study: string; label: string; kind: string; need: string; state: JobState; attempt: number; faults: number; worker: string | null; device: string | null;
  wanted: string | null; fraction: number | null; rate: string | null; eta_seconds: number | null; detail: string | null; optimizer_step: number | null;
  loss: number | null; message: string | null; macs: number; macs_done: number; started_ms: number | null; progressed_ms: number | null; finished_ms: number | null;
}

export interface StudyJob {
  id: string; name: string; priority: string; max_parallel: number | null; submitted_ms: number; requested_by: string | null; state: JobState; total: number;
  waiting: number; ready: number; running: number; done: number; failed: number; cancelled: number; paused: number; stopped: number; macs: number; macs_done: number;
}

export interface WorkerJob { id: string; host: string; pid: number; queues: string; devices: string; started_ms: number; beat_ms: number; state: "alive" | "silent" | "stopped"; running: number }

/** Share of a study's work that is done: by compute where it is known, else by steps. */
export const shareDone = (study: StudyJob) => study.macs > 0 ? study.macs_done / study.macs : study.total > 0 ? study.done / study.total : 0;

export const isOver = (state: JobState) => state === "done" || state === "failed" || state === "cancelled" || state === "stopped";
