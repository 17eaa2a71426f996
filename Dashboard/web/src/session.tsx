// Who is using the application, for whatever shows or hides what only an operator may do.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export interface Session { name: string | null; role: "viewer" | "operator" | null; login_needed: boolean }

export const Who = createContext<Session>({ name: null, role: null, login_needed: false });

export const useOperator = () => useContext(Who).role === "operator";
