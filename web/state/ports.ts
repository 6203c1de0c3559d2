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

/** What is shown of a new message while nobody looks: nothing, that there is one, or who wrote and what. */
export type AlertLevel = "off" | "discreet" | "full";

/** Whether the browser shows notifications; `default` is undecided, `missing` where it has none. */
export type AlertPermission = "default" | "granted" | "denied" | "missing";

/** What the browser shows outside the page. */
export interface AlertSurroundings {
  readonly permission: () => AlertPermission;
  /** Asks the person, where nothing was decided. */
  readonly ask: () => Promise<AlertPermission>;
  /** What was chosen for an account. */
  readonly level: (username: string) => AlertLevel;
  readonly keepLevel: (username: string, level: AlertLevel) => void;
  /** Shows that `peer` has written, in place of what was shown of them before; `text` is null when nothing may be told. */
  readonly notify: (alert: {
    readonly username: string;
    readonly peer: string;
    readonly text: string | null;
  }) => Promise<void>;
  /** Takes back what is shown of a conversation; of all the account's with null. */
  readonly takeBack: (username: string, peer: string | null) => void;
  /** Shows in the icon of the app and of the tab that so many messages are unread. */
  readonly showUnread: (count: number) => void;
  /** Lets other tabs know whether this one, of an account, is on the screen. */
  readonly look: (username: string, isLooking: boolean) => void;
  /** Whether any tab of the account is. */
  readonly isLookedAt: (username: string) => Promise<boolean>;
  /** Calls back when the person chose a notification that is of this account and conversation. */
  readonly onChosen: (callback: (username: string, peer: string) => void) => void;
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
