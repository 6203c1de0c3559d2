/** An account's page, by the phase its engine reports: the workspace, or what stands before it. */

import { lazy, type ReactNode, Suspense } from "react";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import type { AccountProblem } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { Link } from "./link.tsx";
import { NoticePage } from "./notice-page.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { ACCOUNT_PAGES, type PageText, wording } from "./wording.ts";
import { Workspace } from "./workspace.tsx";
import { WorkspaceSkeleton } from "./workspace-skeleton.tsx";

/** Of its own, as few accounts come here unregistered; where it does not load, reloading is the way out. */
const Register = lazy(() =>
  import("./register.tsx").then(
    ({ Register }) => ({ default: Register }),
    () => ({ default: ReloadButton }),
  ),
);

const Locked = lazy(() =>
  import("./locked.tsx").then(
    ({ Locked }) => ({ default: Locked }),
    () => ({ default: ReloadButton }),
  ),
);

export function AccountPage() {
  const { username, account } = useSession();
  const view = useStore(account, (state) => state.view);
  const wasHere = useStore(account, (state) => state.wasHere);
  const engineGone = useStore(account, (state) => state.engineGone);
  if (engineGone) return <WayOut text={ACCOUNT_PAGES.engineGone} action={<ReloadButton />} />;
  switch (view?.phase ?? "starting") {
    case "starting":
      return <WorkspaceSkeleton username={username} />;
    case "ready":
      return <Workspace />;
    case "held-elsewhere":
      return <WayOut text={ACCOUNT_PAGES.heldElsewhere(username)} action={<ReloadButton />} />;
    case "absent":
      if (wasHere) return <WayOut text={ACCOUNT_PAGES.evicted(username)} action={null} />;
      return <WayOut text={ACCOUNT_PAGES.absent(username)} action={<Register isNew />} />;
    case "locked":
      return <LockedPage username={username} />;
    case "unregistered":
      return <WayOut text={ACCOUNT_PAGES.unregistered(username)} action={<Register isNew={false} />} />;
    case "failed":
      return <Failed problem={view?.problem ?? null} />;
    case "removed":
      return <WayOut text={ACCOUNT_PAGES.removed(username)} action={null} />;
  }
}

function LockedPage({ username }: { readonly username: string }) {
  return (
    <NoticePage text={ACCOUNT_PAGES.locked(username)}>
      <Suspense>
        <Locked />
      </Suspense>
    </NoticePage>
  );
}

/** Nothing brings back what was cleared. */
function Failed({ problem }: { readonly problem: AccountProblem | null }) {
  const action = problem === "storage-cleared" ? null : <ReloadButton />;
  return <WayOut text={ACCOUNT_PAGES.failed(problem)} action={action} />;
}

interface WayOutProps {
  readonly text: PageText;
  /** What mends it; null when there is only the way home. */
  readonly action: ReactNode;
}

function WayOut({ text, action }: WayOutProps) {
  return (
    <NoticePage text={text}>
      <Suspense>{action}</Suspense>
      <Link to={startPath(null)} className={controls[action === null ? "button-solid" : "button-quiet"]}>
        {wording.goHome}
      </Link>
    </NoticePage>
  );
}
