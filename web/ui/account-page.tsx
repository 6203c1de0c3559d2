/** An account's page, by the phase its engine reports: the workspace, or what stands before it. */

import { lazy, Suspense, useEffect, useState } from "react";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import { NoticePage } from "./notice-page.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { PAGES } from "./wording.ts";
import { Workspace } from "./workspace.tsx";
import { WorkspaceSkeleton } from "./workspace-skeleton.tsx";

/** After so long it is said what may be in the way of opening an account. */
const LONG_MS = 10_000;

/** Of its own, as most accounts are ready at once. */
const AccountNotice = lazy(() =>
  import("./account-notice.tsx").then(
    ({ AccountNotice }) => ({ default: AccountNotice }),
    () => ({ default: PartMissing }),
  ),
);

export function AccountPage() {
  const { username, account } = useSession();
  const phase = useStore(account, ({ view }) => view?.phase ?? "starting");
  const engineGone = useStore(account, (state) => state.engineGone);
  const isStarting = phase === "starting" && !engineGone;
  const isLong = useIsLong(isStarting);
  if (phase === "ready" && !engineGone) return <Workspace />;
  const skeleton = <WorkspaceSkeleton username={username} />;
  if (isStarting && !isLong) return skeleton;
  return (
    <Suspense fallback={skeleton}>
      <AccountNotice />
    </Suspense>
  );
}

function useIsLong(isGoingOn: boolean): boolean {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    setIsLong(false);
    if (!isGoingOn) return;
    const timer = setTimeout(() => setIsLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, [isGoingOn]);
  return isLong;
}

function PartMissing() {
  return (
    <NoticePage text={PAGES.partMissing}>
      <ReloadButton />
    </NoticePage>
  );
}
