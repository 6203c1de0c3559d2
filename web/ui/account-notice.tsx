/** What stands before an account that is not in use: what it is, and what to do. Loaded when it is needed. */

import type { ReactNode } from "react";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import type { AccountProblem } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { Link } from "./link.tsx";
import { Locked } from "./locked.tsx";
import { NoticePage } from "./notice-page.tsx";
import { Register } from "./register.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { RemoveHere } from "./remove-here.tsx";
import { type PageText, wording } from "./wording.ts";
import { ACCOUNT_NOTICES, USE_HERE } from "./wording-account.ts";

export function AccountNotice() {
  const { username, account } = useSession();
  const { engineGone, view, wasHere, takeOver } = useStore(account);
  if (engineGone) return <WayOut text={ACCOUNT_NOTICES.engineGone} action={<ReloadButton />} />;
  switch (view?.phase) {
    case "held-elsewhere":
      return <WayOut text={ACCOUNT_NOTICES.heldElsewhere(username)} action={<UseHere onUse={takeOver} />} />;
    case "absent":
      if (wasHere) return <WayOut text={ACCOUNT_NOTICES.evicted(username)} action={null} />;
      return <WayOut text={ACCOUNT_NOTICES.absent(username)} action={<Register isNew />} />;
    case "locked":
      return (
        <NoticePage text={ACCOUNT_NOTICES.locked(username)}>
          <Locked />
        </NoticePage>
      );
    case "unregistered":
      return <WayOut text={ACCOUNT_NOTICES.unregistered(username)} action={<Register isNew={false} />} />;
    case "failed":
      return <Failed problem={view.problem} />;
    case "removed":
      return <WayOut text={ACCOUNT_NOTICES.removed(username)} action={null} />;
    case undefined:
    case "starting":
      return <WayOut text={ACCOUNT_NOTICES.opening(username)} action={<ReloadButton />} />;
    // It has a page of its own.
    case "ready":
      return null;
  }
}

function UseHere({ onUse }: { readonly onUse: () => Promise<void> }) {
  return (
    <button type="button" className={controls["button-solid"]} onClick={() => void onUse()}>
      {USE_HERE}
    </button>
  );
}

/** Nothing brings back what was cleared; what is damaged may be in the way of a backup. */
function Failed({ problem }: { readonly problem: AccountProblem | null }) {
  const action =
    problem === "storage-cleared" ? null : (
      <>
        <ReloadButton />
        {problem === "storage-damaged" && <RemoveHere />}
      </>
    );
  return <WayOut text={ACCOUNT_NOTICES.failed(problem)} action={action} />;
}

interface WayOutProps {
  readonly text: PageText;
  /** What mends it; null when there is only the way home. */
  readonly action: ReactNode;
}

function WayOut({ text, action }: WayOutProps) {
  return (
    <NoticePage text={text}>
      {action}
      <Link to={startPath(null)} className={controls[action === null ? "button-solid" : "button-quiet"]}>
        {wording.goHome}
      </Link>
    </NoticePage>
  );
}
