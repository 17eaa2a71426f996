// The data sets of the store.
import { useApi } from "../api";
import { bytes, digits, whole } from "../format";
import { Answer, Empty, Page } from "../parts/Page";
import { Table } from "../parts/Table";
import { Link } from "../route";

interface Row { name: string; dataset: string | null; task: string | null; samples: number | null; bytes: number | null; shards: number | null; image_size: number | null; damage: string | null }

export function Data() {
  const data = useApi<Row[]>("/data");
  return <Page title="Data" about="Latent shards that studies have encoded: standard Parquet files with a checksum in every row.">
    <Answer of={data}>{(rows) => rows.length === 0 ? <Empty>No data set yet. A study encodes those that it needs.</Empty> : <Table label="Data sets" rows={rows} keyOf={(row) => row.name} columns={[
      { head: "Data set", cell: (row) => <Link to={`/data/${row.name}`}>{row.dataset ?? "(its index is damaged)"}</Link> },
      { head: "Name", cell: (row) => <code>{digits(row.name)}</code> },
      { head: "Task", cell: (row) => row.damage ? <span class="wrong">{row.damage}</span> : row.task ?? "photographs" },
      { head: "Samples", number: true, cell: (row) => whole(row.samples) },
      { head: "Pixels a side", number: true, cell: (row) => whole(row.image_size) },
      { head: "Shards", number: true, cell: (row) => whole(row.shards) },
      { head: "Size", number: true, cell: (row) => row.bytes == null ? "" : bytes(row.bytes) },
    ]} />}</Answer>
  </Page>;
}
