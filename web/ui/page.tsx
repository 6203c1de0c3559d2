/** The whole page: finds the view for the address, and says what stands in the way when something does. */

import { Component, lazy, type ReactNode, Suspense } from "react";
import type { App } from "../state/app.ts";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { AccountPage } from "./account-page.tsx";
import { AppContext, SessionContext, useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import { Link } from "./link.tsx";
import { NoticePage } from "./notice-page.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { PAGES, wording } from "./wording.ts";

/** Of its own, so that an account's page is there without it. */
const StartPage = lazy(async () => ({ default: (await import("./start-page.tsx")).StartPage }));

/** There seldom is one of these. */
const ObstaclePage = lazy(async () => ({ default: (await import("./obstacle-page.tsx")).ObstaclePage }));
const UpdateNotice = lazy(async () => ({ default: (await import("./update-notice.tsx")).UpdateNotice }));

export function Page({ app }: { readonly app: App }) {
  return (
    <AppContext value={app}>
      <CrashGuard>
        <Routes />
        <Update />
      </CrashGuard>
    </AppContext>
  );
}

function Routes() {
  const app = useApp();
  const reason = useStore(app.obstacle, (obstacle) => obstacle.reason);
  const route = useStore(app.navigation, (navigation) => navigation.route);
  const session = useStore(app.session, ({ current }) => current);
  if (reason !== null) {
    return (
      <Suspense>
        <ObstaclePage reason={reason} />
      </Suspense>
    );
  }
  switch (route.kind) {
    case "start":
      return (
        <Suspense>
          <StartPage invite={route.invite} />
        </Suspense>
      );
    case "account":
      return (
        session?.username === route.username && (
          <SessionContext value={session} key={session.username}>
            <AccountPage />
          </SessionContext>
        )
      );
    case "not-found":
      return (
        <NoticePage text={PAGES.notFound}>
          <Link to={startPath(null)} className={controls["button-solid"]}>
            {wording.goHome}
          </Link>
        </NoticePage>
      );
  }
}

function Update() {
  const apply = useStore(useApp().update, (update) => update.apply);
  if (apply === null) return null;
  return (
    <Suspense>
      <UpdateNotice onUse={apply} />
    </Suspense>
  );
}

/** React has error boundaries as classes only. */
class CrashGuard extends Component<{ readonly children: ReactNode }, { readonly crashed: boolean }> {
  override readonly state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <NoticePage text={PAGES.crashed}>
        <ReloadButton />
      </NoticePage>
    );
  }
}
