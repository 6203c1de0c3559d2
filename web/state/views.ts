/** The engine's view models, as the views may name them. */
export type {
  AccountProblem,
  AccountView,
  Connection,
  ConversationNotice,
  ConversationSummary,
  ConversationView,
  IdentityDecision,
  KeyHealthView,
  LockPasskey,
  LockView,
  MessageStatus,
  MessageView,
  MissingCause,
  PeerIdentity,
  SafetyNumberView,
} from "../engine/api.ts";
