/** `invite [uses] [days]`: makes a code with which so many may register, and shows it this once. */
import { randomBytes } from "node:crypto";
import { inviteCodeHash } from "../store/invite-records.ts";
import { toBase64url } from "../wire/bytes.ts";
import { type Command, counted, done, failed, parseCount, withStore } from "./command.ts";

const CODE_BYTES = 24;
const MAX_USES = 10_000;
const MAX_DAYS = 3650;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

export const invite: Command = {
  name: "invite",
  parameters: "[uses] [days]",
  summary: "makes an invite code to register with: for one use, within 7 days",

  async run([usesText = "1", daysText = "7", ...more], surroundings) {
    if (more.length > 0) return { kind: "misused" };
    const uses = parseCount(usesText, 1, MAX_USES);
    if (uses === null) return failed(`Uses must be a number from 1 to ${MAX_USES}, got ${JSON.stringify(usesText)}.`);
    const days = parseCount(daysText, 1, MAX_DAYS);
    if (days === null) return failed(`Days must be a number from 1 to ${MAX_DAYS}, got ${JSON.stringify(daysText)}.`);
    return withStore(surroundings, async (store, { publicOrigin }) => {
      const code = toBase64url(Uint8Array.from(randomBytes(CODE_BYTES)));
      const expiresAt = Date.now() + days * DAY_MILLISECONDS;
      await store.addInvite({ codeHash: inviteCodeHash(code), uses, expiresAt });
      const shown = publicOrigin === null ? code : `${publicOrigin}/?invite=${code}`;
      return done(`For ${counted(uses, "use")} within ${counted(days, "day")}, shown only now: ${shown}`);
    });
  },
};
