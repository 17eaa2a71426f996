// A form made from a spec's own fields. What is typed is kept as it is typed; a mistake stands at its field.
import { useState } from "preact/hooks";
import type { Mistake } from "../api";

export interface Field { path: string; name: string; kind: "group" | "number" | "whole" | "yes-no" | "text" | "choice" | "json"; value: unknown; optional: boolean; choices: string[]; fields: Field[] }

/** Paths of all fields that take a value. */
export function fieldsOf(field: Field, into = new Set<string>()): Set<string> {
  if (field.kind !== "group") into.add(field.path);
  for (const inner of field.fields) fieldsOf(inner, into);
  return into;
}

interface Given { mistakes: Mistake[]; change: (path: string, value: unknown) => void }

export function SpecForm({ form, mistakes, change }: { form: Field; spec: unknown } & Given) {
  const plain = form.fields.filter((field) => field.kind !== "group");
  return <div class="spec-form">
    <fieldset><legend>study</legend><div class="grid">{plain.map((field) => <Input key={field.path} field={field} mistakes={mistakes} change={change} />)}</div></fieldset>
    {form.fields.filter((field) => field.kind === "group").map((group) => <Group key={group.path} field={group} mistakes={mistakes} change={change} depth={0} />)}
  </div>;
}

const at = (mistakes: Mistake[], path: string) => mistakes.filter((mistake) => mistake.path.replace(/^run\[[^\]]*\]/, "run") === path);
const under = (mistakes: Mistake[], path: string) => mistakes.some((mistake) => mistake.path.replace(/^run\[[^\]]*\]/, "run").startsWith(path));

function Group({ field, depth, ...given }: { field: Field; depth: number } & Given) {
  const [open, setOpen] = useState(false);
  const wrong = under(given.mistakes, field.path);
  return <details class="group" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
    <summary>{field.name}{wrong && <span class="wrong"> has a mistake</span>}</summary>
    {(open || wrong) && <>
      <div class="grid">{field.fields.filter((inner) => inner.kind !== "group").map((inner) => <Input key={inner.path} field={inner} {...given} />)}</div>
      {field.fields.filter((inner) => inner.kind === "group").map((inner) => <Group key={inner.path} field={inner} depth={depth + 1} {...given} />)}
    </>}
  </details>;
}

const spoken = (field: Field) => field.value == null ? "" : field.kind === "json" ? JSON.stringify(field.value) : String(field.value);

function read(field: Field, text: string): unknown {
  if (text === "" && (field.optional || field.kind !== "text")) return undefined;
  if (field.kind === "number" || field.kind === "whole") return Number.isNaN(Number(text)) ? text : Number(text);
  if (field.kind !== "json") return text;
  try { return JSON.parse(text); } catch { return text; }
}

function Input({ field, mistakes, change }: { field: Field } & Given) {
  const [text, setText] = useState(spoken(field));
  const wrong = at(mistakes, field.path);
  const id = `field-${field.path}`;
  const shared = { id, "aria-invalid": wrong.length > 0, "aria-describedby": wrong.length > 0 ? `${id}-wrong` : undefined };
  const typed = (value: string) => { setText(value); change(field.path, read(field, value)); };
  return <div class="field">
    <label for={id}>{field.name}{field.optional && <span class="soft"> (optional)</span>}</label>
    {field.kind === "choice" || field.kind === "yes-no"
      ? <select {...shared} value={text} onChange={(event) => { const value = event.currentTarget.value; setText(value); change(field.path, value === "" ? undefined : field.kind === "yes-no" ? value === "true" : value); }}>
        {(field.optional || text === "") && <option value="">–</option>}{(field.kind === "choice" ? field.choices : ["true", "false"]).map((choice) => <option key={choice}>{choice}</option>)}</select>
      : <input {...shared} value={text} inputMode={field.kind === "number" || field.kind === "whole" ? "decimal" : undefined} onInput={(event) => typed(event.currentTarget.value)} />}
    {wrong.map((mistake) => <span key={mistake.allowed} id={`${id}-wrong`} class="wrong">{mistake.given} is {mistake.allowed}</span>)}
  </div>;
}
