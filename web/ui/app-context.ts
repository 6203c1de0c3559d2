/** The page's state, handed to every view. */

import { createContext, use } from "react";
import type { App } from "../state/app.ts";
import type { Session } from "../state/session.ts";

export const AppContext = createContext<App | null>(null);
export const SessionContext = createContext<Session | null>(null);

/** The whole page's state. */
export function useApp(): App {
  const app = use(AppContext);
  if (app === null) throw new Error("view must be inside AppContext");
  return app;
}

/** The session of the account that is shown. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("view must be inside SessionContext");
  return session;
}
