// Dotted paths into a spec, such as run.stages[0].train.optim.lr: the spelling of its mistakes and of the form's fields.
const parts = (path: string) => path.split(/\.|(?=\[)/).filter(Boolean).map((part) => part.startsWith("[") ? Number(part.slice(1, -1)) : part);

export function getAt(spec: unknown, path: string): unknown {
  let at = spec as Record<string | number, unknown> | undefined;
  for (const part of parts(path)) {
    if (at === null || typeof at !== "object") return undefined;
    at = at[part] as Record<string | number, unknown> | undefined;
  }
  return at;
}

/** The same spec with another value at a path; undefined takes the field away. Objects on the way are made. */
export function setAt(spec: unknown, path: string, value: unknown): unknown {
  const put = (at: unknown, rest: (string | number)[]): unknown => {
    const [head, ...tail] = rest;
    if (head === undefined) return value;
    if (typeof head === "number") {
      const list = Array.isArray(at) ? [...at] : [];
      list[head] = put(list[head], tail);
      return list;
    }
    const { [head]: before, ...others } = (at ?? {}) as Record<string, unknown>;
    const after = put(before, tail);
    return after === undefined ? others : { ...others, [head]: after };
  };
  return put(spec, parts(path));
}
