/** The whole page's state: where the person is, the accounts here, and the session of the account in the address. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { EngineApi } from "../engine/api.ts";
import type { Alerts } from "./alerts.ts";
import { type AttachedEngine, type Creation, createCreation } from "./creation.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { takeInviteCode } from "./invite-code.ts";
import { createNavigation, type Navigation } from "./navigation.ts";
import type {
  Address,
  AlertSurroundings,
  AttachDirectory,
  AttachEngine,
  Attached,
  AttachFailure,
  Attention,
  Keeping,
} from "./ports.ts";
import type { Following, Restoration } from "./restoration.ts";
import { accountPath } from "./route.ts";
import { createSession, type Session } from "./session.ts";

export interface App {
  /** E.g. `https://chat.example`: where invite links lead. */
  readonly origin: string;
  readonly navigation: StoreApi<Navigation>;
  readonly directory: StoreApi<Directory>;
  readonly creation: StoreApi<Creation>;
  /** The session of the account in the address; null elsewhere. */
  readonly session: StoreApi<{ readonly current: Session | null }>;
  /** Why this browser, or this build of the page, cannot go on. */
  readonly obstacle: StoreApi<{ readonly reason: AttachFailure | null }>;
  /** Notifications, and what is unread in the app's icon: begins with the first call. Rejects when its code is not there. */
  readonly alerts: () => Promise<StoreApi<Alerts>>;
  /** What brings in a new version of the app; null while there is none. */
  readonly update: StoreApi<{ readonly apply: (() => void) | null }>;
  /** Loads the page anew, in the newest version that is here. */
  readonly reload: () => void;
  /** Starts a conversation and opens it; resolves to whether it did. */
  readonly startConversation: (typed: string) => Promise<boolean>;
  /** Restores an account of a backup's file, and opens it. */
  readonly restore: (file: Uint8Array<ArrayBuffer>, passphrase: string, follow: Following) => Promise<Restoration>;
}

export interface AppOptions {
  readonly attachEngine: AttachEngine;
  readonly attachDirectory: AttachDirectory;
  readonly address: Address;
  readonly attention: Attention;
  readonly keeping: Keeping;
  /** Called when the page is at rest, or sooner if it is needed. */
  readonly alertSurroundings: () => Promise<AlertSurroundings>;
  /** `window.isSecureContext`: elsewhere browsers have no WebCrypto, and nothing is attempted. */
  readonly isSecureContext: boolean;
}

/** Builds the state and follows the address for as long as the page lives. */
export function createApp(options: AppOptions): App {
  const { attachEngine, attachDirectory, address, attention, keeping, alertSurroundings, isSecureContext } = options;
  const obstacle = createStore<{ readonly reason: AttachFailure | null }>()(() => ({
    reason: isSecureContext ? null : "insecure-context",
  }));
  const onObstacle = (reason: AttachFailure) => obstacle.setState({ reason });
  const update = createStore<{ readonly apply: (() => void) | null }>()(() => ({ apply: null }));
  const invite = takeInviteCode(address);
  const navigation = createNavigation(address);
  const directory = createDirectory({ attachDirectory, onObstacle });
  const session = createStore<{ readonly current: Session | null }>()(() => ({ current: null }));

  // Whose conversation was open is forgotten, too.
  const onLocked = () => {
    address.replace(address.read().pathname, null);
    address.reload();
  };
  function openSession(username: string, attached: Promise<Attached<EngineApi>>) {
    session.getState().current?.close();
    session.setState({ current: createSession({ username, attached, attention, keeping, onObstacle, onLocked }) });
  }
  const creation = createCreation({
    invite,
    attachEngine,
    onObstacle,
    onRegistered: enter,
  });
  function enter(username: string, engine: AttachedEngine) {
    const { route, go } = navigation.getState();
    // The person may have gone elsewhere meanwhile; the account is then found on the start page.
    if (route.kind !== "start") return engine.detach();
    openSession(username, Promise.resolve(engine));
    go(accountPath(username, route.invite));
  }

  function follow() {
    if (obstacle.getState().reason === "insecure-context") return;
    const { route, openPeer } = navigation.getState();
    const { current } = session.getState();
    if (route.kind !== "account") {
      current?.close();
      if (current !== null) session.setState({ current: null });
    } else if (current?.username !== route.username) {
      openSession(route.username, attachEngine(route.username));
    }
    session.getState().current?.conversations.getState().open(openPeer);
  }
  const refreshDirectory = () => {
    const { route } = navigation.getState();
    if (route.kind === "start" && obstacle.getState().reason === null) {
      directory
        .getState()
        .refresh()
        .catch(() => directory.setState({ accounts: [] }));
    }
  };
  navigation.subscribe((next, previous) => {
    follow();
    if (next.route.kind === "start" && previous.route.kind !== "start") {
      creation.getState().clear();
      refreshDirectory();
    }
  });
  attention.subscribe(() => {
    if (attention.isAttentive()) refreshDirectory();
  });
  follow();
  refreshDirectory();

  let alerts: Promise<StoreApi<Alerts>> | null = null;
  async function startAlerts(): Promise<StoreApi<Alerts>> {
    const [{ beginAlerts }, surroundings] = await Promise.all([import("./alerts.ts"), alertSurroundings()]);
    const { openConversation } = navigation.getState();
    return beginAlerts({ session, attention, surroundings, openConversation });
  }

  return {
    origin: address.origin,
    navigation,
    directory,
    creation,
    session,
    obstacle,
    alerts() {
      alerts ??= startAlerts().catch((error: unknown) => {
        alerts = null;
        throw error;
      });
      return alerts;
    },
    update,
    reload: () => (update.getState().apply ?? address.reload)(),
    async restore(file, passphrase, follow) {
      const { restoreFile } = await import("./restoration.ts");
      return await restoreFile(file, passphrase, {
        attachEngine,
        attachDirectory,
        onObstacle,
        onRestored: enter,
        ...follow,
      });
    },
    async startConversation(typed) {
      const { current } = session.getState();
      const peer = (await current?.account.getState().start(typed)) ?? null;
      if (peer === null || session.getState().current !== current) return false;
      navigation.getState().dismissInvite();
      navigation.getState().openConversation(peer);
      return true;
    },
  };
}
