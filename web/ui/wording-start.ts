/** The sentences of the start page, which is loaded apart from an account's. */

export const startWording = {
  tagline: "Talk under your breath.",
  honest:
    "Messages are sealed on this device and opened on theirs. The relay between you passes them on and cannot read them; it does see who writes to whom, and when.",
  username: "Username",
  usernameHint: "3 to 32 characters: a–z, 0–9, dots, dashes and underscores. No email, no phone number.",
  inviteCode: "Invite code",
  inviteHint: "The code, or the whole link, that whoever runs this relay gave you.",
  create: "Create account",
  restore: "Restore from a backup",
  accounts: "On this device",
  openAccount: "Open it",
  footnote:
    "Your keys and messages live in this browser only. Clearing its data deletes them, and there is no copy but the backups that you make.",
  invited: (username: string) => `${username} would like to talk with you.`,
  invitedHint: (hasAccounts: boolean) =>
    hasAccounts ? "Create an account to answer, or pick one of yours below." : "Create an account to answer.",
} as const;
