// Numbers and times as a person reads them.
const groups = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const whole = (value: number | null | undefined) => value == null ? "" : groups.format(value);

/** Three or four significant digits; powers of ten beyond a million. */
export function short(value: number | null | undefined): string {
  if (value == null) return "";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace("e+", "e");
  if (size >= 1000) return groups.format(value);
  return String(Number(value.toPrecision(4)));
}

/** As many digits as tell neighbours that lie a step apart from each other. */
export function tickText(value: number, step: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value) || !(step > 0)) return short(value);
  // Steps are 1, 2, 2.5 or 5 of a power of ten.
  const power = Math.floor(Math.log10(step) + 1e-9), first = step / 10 ** power;
  const decimals = Math.abs(first - Math.round(first)) < 1e-6 ? -power : 1 - power;
  const digits = Math.min(Math.max(Math.floor(Math.log10(size) + 1e-9) + decimals + 1, 1), 8);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace("e+", "e");
  return size >= 1000 ? groups.format(value) : String(Number(value.toPrecision(digits)));
}

/** A tick of a logarithmic axis: 0.02, 500, 2e10. */
export const logTickText = (value: number) =>
  value >= 1e6 || value < 1e-3 ? Number(value.toPrecision(2)).toExponential().replace("e+", "e") : value < 1000 ? String(Number(value.toPrecision(2))) : groups.format(value);

/** 48 s, 12 min, 3.4 h, 2.1 d. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "";
  if (seconds < 0.1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} d`;
}

export function bytes(count: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) { count /= 1000; at++; }
  return `${at === 0 ? count : count.toPrecision(3)} ${units[at]}`;
}

export const when = (iso: string | null | undefined) =>
  iso ? new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) : "";

/** The first twelve digits of a step's or a plan's name. */
export const digits = (name: string) => name.slice(0, 12);
