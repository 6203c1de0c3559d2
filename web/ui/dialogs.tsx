/** All that opens above the page, and what is seldom shown on it, in one part that is loaded after it (late-part.tsx). */

export { AccountMenuList } from "./account-menu-list.tsx";
export { AlertsDialog } from "./alerts-dialog.tsx";
export { BackupDialog } from "./backup-dialog.tsx";
export { CatchingUp } from "./catching-up.tsx";
export { GoDialog } from "./go-dialog.tsx";
export { HealthDialog } from "./health-dialog.tsx";
export { InviteDialog } from "./invite-dialog.tsx";
export { KeyChange } from "./key-change.tsx";
export { KeysDialog } from "./keys-dialog.tsx";
export { LockDialog } from "./lock-dialog.tsx";
export { PrivacyDialog } from "./privacy-dialog.tsx";
export { ProblemBanner } from "./problem-banner.tsx";
export { SendRefusal, StartRefusal } from "./refusals.tsx";
export { RemoveDialog } from "./remove-dialog.tsx";
export { RenewDialog } from "./renew-dialog.tsx";
export { RestoreDialog } from "./restore-dialog.tsx";
export { SearchDialog } from "./search-dialog.tsx";
export { VerifyDialog } from "./verify-dialog.tsx";
