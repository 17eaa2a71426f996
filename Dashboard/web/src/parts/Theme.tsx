// Light, dark, or as the system says; remembered in this browser.
import { useEffect, useState } from "preact/hooks";

const choices = ["system", "light", "dark"] as const;
type Choice = typeof choices[number];

const kept = (): Choice => choices.find((choice) => choice === localStorage.getItem("theme")) ?? "system";

function apply(choice: Choice) {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  dispatchEvent(new Event("flow-theme"));
}
apply(kept());

export function Theme() {
  const [choice, setChoice] = useState(kept);
  useEffect(() => { localStorage.setItem("theme", choice); apply(choice); }, [choice]);
  return <label class="theme">Theme <select value={choice} onChange={(event) => setChoice(event.currentTarget.value as Choice)}>
    {choices.map((name) => <option key={name} value={name}>{name}</option>)}
  </select></label>;
}

/** Drawn again when the theme changes, for what is painted on a canvas. */
export function useTheme(): string {
  const read = () => document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const again = () => setTheme(read());
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("flow-theme", again);
    system.addEventListener("change", again);
    return () => { removeEventListener("flow-theme", again); system.removeEventListener("change", again); };
  }, []);
  return theme;
}

/** The value of a CSS variable such as --ink. */
export const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
