/** What stands in the way of everything, and what to do. Loaded when it is needed. */

import type { AttachFailure } from "../state/ports.ts";
import { NoticePage } from "./notice-page.tsx";
import { ReloadButton } from "./reload-button.tsx";
import { OBSTACLE_PAGES } from "./wording-obstacles.ts";

export function ObstaclePage({ reason }: { readonly reason: AttachFailure }) {
  return <NoticePage text={OBSTACLE_PAGES[reason]}>{reason === "other-version" && <ReloadButton />}</NoticePage>;
}
