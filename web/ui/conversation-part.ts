/** The open conversation, of its own so that the page is there without it. */
import { partOf } from "./late-part.tsx";

export const CONVERSATION = partOf(() => import("./conversation-pane.tsx"));
