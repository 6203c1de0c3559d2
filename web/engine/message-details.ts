/** What is known of a message beyond its text, for whom it interests. */
import type { AccountState } from "./account-state.ts";
import type { MessageDetails, SessionView } from "./api.ts";
import type { SessionName, TextRecord } from "./records.ts";

/** Bytes of a transcript hash by which a session is named. */
const NAME_BYTES = 8;

/** Of the message with this sequence; null when it is here no more. */
export async function messageDetails(
  state: AccountState,
  peer: string,
  sequence: number,
): Promise<MessageDetails | null> {
  const message = await state.store.read("messages", [peer, sequence]);
  if (message?.kind !== "text") return null;
  const { writtenAt, at, direction, statusTimes, marks } = message;
  const session = direction === "incoming" ? message.session : await sessionOfOwn(state, peer, message);
  return {
    writtenAt,
    arrivedAt: direction === "incoming" ? at : null,
    // What was read had been delivered, though a receipt may say both in one.
    sentAt: statusTimes.sent ?? statusTimes.delivered ?? statusTimes.read ?? null,
    deliveredAt: statusTimes.delivered ?? statusTimes.read ?? null,
    readAt: statusTimes.read ?? null,
    earlierTexts: marks?.earlierTexts ?? [],
    editedAt: marks?.editedAt ?? null,
    session: session && sessionView(session),
  };
}

/** Of the envelope that carried it last, for as long as that is remembered (expiry.ts). */
async function sessionOfOwn(state: AccountState, peer: string, { contentId }: TextRecord): Promise<SessionName | null> {
  const sent = (await state.store.list("sentEnvelopes")).flatMap(({ value }) => {
    const isIt = value.peer === peer && value.content.kind === "message" && value.content.contentId === contentId;
    return isIt ? [value] : [];
  });
  return sent.sort((one, other) => other.at - one.at)[0]?.session ?? null;
}

function sessionView({ version, transcriptHash }: SessionName): SessionView {
  const name = Array.from(transcriptHash.subarray(0, NAME_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  return { name, isPostQuantum: version >= 2 };
}
