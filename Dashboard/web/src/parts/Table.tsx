// A table that scrolls sideways inside itself, so that a phone's page never does.
import type { ComponentChildren } from "preact";

export interface Column<Row> { head: string; cell: (row: Row) => ComponentChildren; number?: boolean; class?: string }

export function Table<Row>({ label, columns, rows, keyOf }: { label: string; columns: Column<Row>[]; rows: readonly Row[]; keyOf: (row: Row, index: number) => string }) {
  return <div class="wide" role="region" aria-label={label} tabIndex={0}>
    <table>
      <thead><tr>{columns.map((column) => <th key={column.head} scope="col" class={column.number ? "number" : undefined}>{column.head}</th>)}</tr></thead>
      <tbody>{rows.map((row, i) => <tr key={keyOf(row, i)}>
        {columns.map((column) => <td key={column.head} class={[column.number && "number", column.class].filter(Boolean).join(" ") || undefined}>{column.cell(row)}</td>)}
      </tr>)}</tbody>
    </table>
  </div>;
}
