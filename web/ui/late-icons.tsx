/** The icons of what is loaded after the page (late-part.tsx). */

import type { MessageStatus } from "../state/views.ts";
import { Icon, type IconProps } from "./icons.tsx";

export const SaveIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 4v11M7 10.5l5 5 5-5M5 20h14" />
  </Icon>
);

export const ConnectIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M20 11a8 8 0 0 0-14.3-4M4 4v4h4M4 13a8 8 0 0 0 14.3 4M20 20v-4h-4" />
  </Icon>
);

export const HomeIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m4 11 8-7 8 7v8.5H4zM10 19.5V14h4v5.5" />
  </Icon>
);

export const RemoveIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 7h14M10 7V4.5h4V7M6.5 7l.8 12.5h9.4L17.5 7" />
  </Icon>
);

export const RenewIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M19.5 12a7.5 7.5 0 0 1-13 5.1M4.5 12a7.5 7.5 0 0 1 13-5.1M17.5 3.5v3.6h-3.6M6.5 20.5v-3.6h3.6" />
  </Icon>
);

export const EyeIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M3.5 12S6.5 6.5 12 6.5s8.5 5.5 8.5 5.5-3 5.5-8.5 5.5S3.5 12 3.5 12z" />
    <circle cx="12" cy="12" r="2.5" />
  </Icon>
);

export const TimerIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="12" cy="13" r="7.5" />
    <path d="M12 9v4l2.5 2M9.5 3.5h5" />
  </Icon>
);

export const PinIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M9 4h6l-.8 6.5L17.5 14h-11l3.3-3.5zM12 14v6" />
  </Icon>
);

export const ArchiveIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 5.5h16v4H4zM5.5 9.5V19h13V9.5M10 13h4" />
  </Icon>
);

export const BlockIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="12" cy="12" r="8" />
    <path d="m6.5 6.5 11 11" />
  </Icon>
);

export const MoreIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6 12h.01M12 12h.01M18 12h.01" strokeWidth="3" />
  </Icon>
);

export const ReplyIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M9.5 6 4 11.5 9.5 17M4 11.5h9c4 0 6.5 2 7 6.5" />
  </Icon>
);

export const ForwardIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M14.5 6 20 11.5 14.5 17M20 11.5h-9c-4 0-6.5 2-7 6.5" />
  </Icon>
);

export const CopyIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2" />
    <path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2" />
  </Icon>
);

export const EditIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m5 19 .8-3.8L16 5l3 3L8.8 18.2z" />
  </Icon>
);

export const DetailsIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 11.5V16M12 8.2h.01" />
  </Icon>
);

export const CloseIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m6.5 6.5 11 11M17.5 6.5l-11 11" />
  </Icon>
);

export const BellIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 17.5h14c-1.5-1.5-2-3-2-7a5 5 0 0 0-10 0c0 4-.5 5.5-2 7zM10 20h4" />
  </Icon>
);

export const CameraIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 8.5h3.5L9 6h6l1.5 2.5H20V19H4z" />
    <circle cx="12" cy="13.5" r="3" />
  </Icon>
);

export const PictureIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="4" y="5" width="16" height="14" rx="2" />
    <path d="m4.5 16.5 4.5-4.5 3.5 3.5 2.5-2.5 4.5 4M15 9h.01" />
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

export const LockIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="5" y="11" width="14" height="9" rx="2.5" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
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
