/** The icons: 24 units square, drawn in the colour of the text, silent to screen readers. */

import type { ReactNode } from "react";
import type { MessageStatus } from "../state/views.ts";

export interface IconProps {
  readonly className?: string | undefined;
}

export function Icon({ className, children }: IconProps & { readonly children: ReactNode }) {
  return (
    <svg
      className={className}
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** The sign: a diminuendo, as scores write it, that closes to a whisper. */
export function Sign({ className }: IconProps) {
  return (
    <svg className={className} viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <rect className="sign-ground" width="32" height="32" rx="10" />
      <path
        className="sign-hairpin"
        d="M8 9.5 21 16 8 22.5"
        fill="none"
        strokeWidth="2.25"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle className="sign-whisper" cx="25" cy="16" r="1.5" />
    </svg>
  );
}

export const MenuIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth="2.5" />
  </Icon>
);

export const SearchIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="10.5" cy="10.5" r="5.5" />
    <path d="m15 15 5 5" />
  </Icon>
);

export const SendIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 19V5M6 11l6-6 6 6" />
  </Icon>
);

export const BackIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m14 6-6 6 6 6" />
  </Icon>
);

export const DownIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 5v14m6-6-6 6-6-6" />
  </Icon>
);

export const InviteIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="10" cy="8" r="3.5" />
    <path d="M3.5 19.5c.6-3.4 3.2-5.5 6.5-5.5s5.9 2.1 6.5 5.5M19 8v6M16 11h6" />
  </Icon>
);

export const LockIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="5" y="11" width="14" height="9" rx="2.5" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </Icon>
);

/** A shield with a tick: somebody compared. */
export const VerifiedIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 3.5 5 6v5.5c0 4.4 2.9 7.6 7 9 4.1-1.4 7-4.6 7-9V6z" />
    <path d="m8.8 12 2.3 2.4 4.2-4.7" />
  </Icon>
);

export const WarningIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 4.5 3 19.5h18zM12 10.5v4M12 17h.01" />
  </Icon>
);

/** An envelope that stays shut. */
export const MissingIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="3.5" y="6" width="17" height="12" rx="2" />
    <path d="m4 7.5 8 6 8-6" />
  </Icon>
);

const STATUS_PATHS: Readonly<Record<MessageStatus, string>> = {
  waiting: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l2.5 2",
  sent: "m5 12.5 4.5 4.5L19 7.5",
  delivered: "m2 12.5 4.5 4.5L16 7.5M12 16l1 1 9-9.5",
  read: "m2 12.5 4.5 4.5L16 7.5M12 16l1 1 9-9.5",
};

export function StatusIcon({ status, className }: IconProps & { readonly status: MessageStatus }) {
  return (
    <Icon className={className}>
      <path d={STATUS_PATHS[status]} strokeWidth={status === "read" ? 2.75 : 2} />
    </Icon>
  );
}
