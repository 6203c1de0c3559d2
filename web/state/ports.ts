/** What the page's state needs of its surroundings. The composition root provides them; tests bring their own. */

import type { DirectoryApi, EngineApi } from "../engine/api.ts";

/** Why no engine could be attached. */
export type AttachFailure = "insecure-context" | "no-worker" | "other-version";

export type Attached<Api> =
  | { readonly kind: "attached"; readonly api: Api; readonly detach: () => void }
  | { readonly kind: "failed"; readonly reason: AttachFailure };

/** Finds or starts the engine of one account. */
export type AttachEngine = (username: string) => Promise<Attached<EngineApi>>;

/** Finds the list of this device's accounts. */
export type AttachDirectory = () => Promise<Attached<DirectoryApi>>;

/** What the browser lets the page know, and ask, of the storage that the accounts are kept in. */
export interface Keeping {
  /** Whether the browser promises not to clear it by itself; null when it does not say. */
  readonly isPersistent: () => Promise<boolean | null>;
  /** Asks for that promise; resolves to whether it was given. */
  readonly askToPersist: () => Promise<boolean>;
  /** Whether an account of this name was ever in use here, as far as a note beside the storage says. */
  readonly wasHere: (username: string) => boolean;
  /** Makes that note, or deletes it. */
  readonly note: (username: string, here: boolean) => void;
}

/** Whether a person is looking at this page. */
export interface Attention {
  readonly isAttentive: () => boolean;
  /** Whether the page is on the screen. */
  readonly isVisible: () => boolean;
  /** Calls back when one of the two may have changed; returns what ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Calls back at every key, touch and click, with a time in milliseconds; returns what ends it. */
  readonly subscribeToUse: (listener: (at: number) => void) => () => void;
}

/** The address bar and the history behind it. */
export interface Address {
  /** E.g. `https://chat.example`. */
  readonly origin: string;
  readonly read: () => {
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
    readonly state: unknown;
  };
  readonly push: (path: string, state: unknown) => void;
  readonly replace: (path: string, state: unknown) => void;
  readonly back: () => void;
  /** Loads the page anew: nothing stays in its memory. */
  readonly reload: () => void;
  /** Calls back when the person went back or forth or edited the fragment; returns what ends it. */
  readonly subscribe: (listener: () => void) => () => void;
}
