// The table of contents: every page with its address. The menu shows those that have a place in it.
import type { ComponentType } from "preact";
import { Overview } from "./Overview";
import { Query } from "./Query";
import { Studies } from "./Studies";

export interface PageEntry { pattern: string; component: ComponentType<Record<string, string>>; menu?: string }

export const pages: PageEntry[] = [
  { pattern: "/", component: Overview, menu: "Overview" },
  { pattern: "/studies", component: Studies, menu: "Studies" },
  { pattern: "/query", component: Query, menu: "Query" },
];
