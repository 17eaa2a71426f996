// One data set: samples decoded to pictures, columns, shards, and a check of every byte.
import { useState } from "preact/hooks";
import { type ApiError, post, useApi, withQuery } from "../api";
import { bytes, digits, short, whole } from "../format";
import { Answer, Page, Section } from "../parts/Page";
import { Table } from "../parts/Table";
import { useOperator } from "../session";

interface Shown {
  name: string; dataset: string; samples: number; dataset_hash: string; codec_hash: string; scale_factor: number; columns: { name: string; type: string; shape: number[] }[];
  properties: Record<string, string>; splits: Record<string, number>; labels: Record<string, number>; label_count: number;
  shards: { file: string; rows: number; bytes: number; sha256: string; first_id: number; last_id: number }[];
}
interface Sample { position: number; id: number; key: string; label: number; split: string; height: number; width: number; pictures: Record<string, string | null> }

const atOnce = 12;
const counts = (of: Record<string, number>, all: number) => `${Object.entries(of).map(([name, count]) => `${name}: ${whole(count)}`).join(", ")}${all > Object.keys(of).length ? ` and ${all - Object.keys(of).length} more` : ""}`;

export function Dataset({ name }: Record<string, string>) {
  const data = useApi<Shown>(`/data/${name}`);
  return <Page title={data.data?.dataset ?? "Data set"} about={<>Step <code>{digits(name!)}</code></>} actions={<Verify name={name!} />}>
    <Answer of={data}>{(shown) => <>
      <dl class="facts">
        <div><dt>Samples</dt><dd>{whole(shown.samples)}</dd></div>
        <div><dt>Size</dt><dd>{bytes(shown.shards.reduce((sum, shard) => sum + shard.bytes, 0))}</dd></div>
        <div><dt>Splits</dt><dd>{counts(shown.splits, 0)}</dd></div>
        <div><dt>Codec</dt><dd><code>{digits(shown.codec_hash)}</code>, scale {short(shown.scale_factor)}</dd></div>
      </dl>
      <Samples name={name!} total={shown.samples} />
      <Section title="Columns"><Table label="Columns" rows={shown.columns} keyOf={(column) => column.name} columns={[
        { head: "Column", cell: (column) => <code>{column.name}</code> }, { head: "Type", cell: (column) => column.type }, { head: "Shape", cell: (column) => column.shape.join(" × ") },
      ]} />
        <p class="soft">{Object.entries(shown.properties).map(([key, value]) => `${key} = ${value}`).join(", ")}</p>
        {shown.label_count > 1 && <details><summary>{shown.label_count} labels</summary><p>{counts(shown.labels, shown.label_count)}</p></details>}
      </Section>
      <Section title="Shards"><Table label="Shards" rows={shown.shards} keyOf={(shard) => shard.file} columns={[
        { head: "File", cell: (shard) => <code>{shard.file}</code> }, { head: "Rows", number: true, cell: (shard) => whole(shard.rows) },
        { head: "Size", number: true, cell: (shard) => bytes(shard.bytes) }, { head: "Samples", cell: (shard) => `${shard.first_id} to ${shard.last_id}` },
        { head: "SHA-256", class: "soft", cell: (shard) => <code>{digits(shard.sha256)}</code> },
      ]} /></Section>
    </>}</Answer>
  </Page>;
}

function Samples({ name, total }: { name: string; total: number }) {
  const [from, setFrom] = useState(0);
  const samples = useApi<Sample[]>(withQuery(`/data/${name}/samples`, { from, count: atOnce }));
  const last = Math.max(0, total - atOnce);
  return <Section title="Samples" aside={<span class="actions">
    <button type="button" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - atOnce))}>Before</button>
    <label>From <input class="short" type="number" min="0" max={last} value={from} onChange={(event) => setFrom(Math.min(last, Math.max(0, Number(event.currentTarget.value) || 0)))} /></label>
    <button type="button" disabled={from >= last} onClick={() => setFrom(Math.min(last, from + atOnce))}>Next</button>
  </span>}>
    <Answer of={samples}>{(rows) => <div class="samples">{rows.map((sample) => <figure key={sample.id}>
      <div class="pictures">{Object.entries(sample.pictures).filter(([blob]) => !blob.endsWith("_flip")).map(([blob, png]) => <div key={blob}>
        {png ? <img alt={`${blob} of sample ${sample.id}`} src={`data:image/png;base64,${png}`} /> : <span class="nopicture">not decodable here</span>}<span class="soft">{blob}</span></div>)}</div>
      <figcaption>{sample.id} <span class="soft">{sample.key}, {sample.split}, label {sample.label}, {sample.width} × {sample.height}</span></figcaption>
    </figure>)}</div>}</Answer>
  </Section>;
}

function Verify({ name }: { name: string }) {
  const operator = useOperator();
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState(false);
  if (!operator) return null;
  const verify = () => {
    setSaid("Reading every byte…");
    post<{ sound: boolean; damage: string[]; seconds: number }>(`/data/${name}/verify`).then((verdict) => {
      setWrong(!verdict.sound);
      setSaid(verdict.sound ? `Sound: every checksum fits (${short(verdict.seconds)} s).` : verdict.damage.join("; "));
    }, (error: ApiError) => { setWrong(true); setSaid(error.message); });
  };
  return <><button type="button" onClick={verify}>Verify</button>{said && <span class={`notice ${wrong ? "bad" : "good"}`} role="status">{said}</span>}</>;
}
