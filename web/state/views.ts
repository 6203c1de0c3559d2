/** The engine's view models, as the views may name them. */
export type {
  AccountProblem,
  Connection,
  ConversationNotice,
  ConversationSummary,
  ConversationView,
  MessageStatus,
  MessageView,
} from "../engine/api.ts";
