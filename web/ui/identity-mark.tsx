/** What is known of the other's identity key, in a word: in the conversation's bar, and beside the name in the list. */

import type { PeerIdentity } from "../state/views.ts";
import { VerifiedIcon, WarningIcon } from "./icons.tsx";
import styles from "./identity-mark.module.css";
import { IDENTITY_WORDS, VERIFY } from "./wording-trust.ts";

type Kind = PeerIdentity["kind"];

interface IdentityButtonProps {
  readonly kind: Kind;
  readonly onOpen: () => void;
}

/** Opens the comparison of safety numbers; not there while there is nothing to compare. */
export function IdentityButton({ kind, onOpen }: IdentityButtonProps) {
  if (kind === "unknown") return null;
  return (
    <button
      type="button"
      className={styles["identity-button"]}
      data-identity={kind}
      aria-haspopup="dialog"
      onClick={onOpen}
    >
      <IdentityIcon kind={kind} />
      {IDENTITY_WORDS[kind] ?? VERIFY}
    </button>
  );
}

/** Silent: the row's name says it. */
export function IdentityMark({ kind }: { readonly kind: Kind }) {
  if (kind !== "verified" && kind !== "changed") return null;
  return (
    <span className={styles["identity-mark"]} data-identity={kind}>
      <IdentityIcon kind={kind} />
      {kind === "changed" && IDENTITY_WORDS.changed}
    </span>
  );
}

function IdentityIcon({ kind }: { readonly kind: Kind }) {
  if (kind === "verified") return <VerifiedIcon />;
  return kind === "changed" ? <WarningIcon /> : null;
}
