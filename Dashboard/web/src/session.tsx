// Who is using the application, for whatever shows or hides what only an operator may do.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export interface Session { name: string | null; role: "viewer" | "operator" | null; login_needed: boolean; tokens_taken: boolean; provider: string | null; engine_pages: string | null }

export const stranger: Session = { name: null, role: null, login_needed: true, tokens_taken: true, provider: null, engine_pages: null };

export const Who = createContext<Session>(stranger);

export const useOperator = () => useContext(Who).role === "operator";
