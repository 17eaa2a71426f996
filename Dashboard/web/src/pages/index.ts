// The table of contents: every page with its address. The menu shows those that have a place in it.
import type { ComponentType } from "preact";
import { Data } from "./Data";
import { Dataset } from "./Dataset";
import { Enqueue } from "./Enqueue";
import { Gallery } from "./Gallery";
import { Laws } from "./Laws";
import { Overview } from "./Overview";
import { Pipelines } from "./Pipelines";
import { Query } from "./Query";
import { Recurring } from "./Recurring";
import { Run } from "./Run";
import { Runs } from "./Runs";
import { Step } from "./Step";
import { Studies } from "./Studies";
import { Study } from "./Study";

export interface PageEntry { pattern: string; component: ComponentType<Record<string, string>>; menu?: string }

export const pages: PageEntry[] = [
  { pattern: "/", component: Overview, menu: "Overview" },
  { pattern: "/studies", component: Studies, menu: "Studies" },
  { pattern: "/studies/:id", component: Study },
  { pattern: "/steps/:step", component: Step },
  { pattern: "/enqueue", component: Enqueue, menu: "Enqueue" },
  { pattern: "/recurring", component: Recurring, menu: "Recurring" },
  { pattern: "/data", component: Data, menu: "Data" },
  { pattern: "/data/:name", component: Dataset },
  { pattern: "/runs", component: Runs, menu: "Runs" },
  { pattern: "/runs/:study/:run", component: Run },
  { pattern: "/laws", component: Laws, menu: "Laws" },
  { pattern: "/gallery", component: Gallery, menu: "Gallery" },
  { pattern: "/pipeline", component: Pipelines, menu: "Pipeline" },
  { pattern: "/query", component: Query, menu: "Query" },
];
