/** What a relay says about itself to everyone: the answer to `GET /api/relay`. */
import * as v from "valibot";

const relayDescription = v.object({
  /** How many days mail waits to be fetched before it is deleted. */
  mailDays: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** Who may register a name that nobody owns: everyone, whoever has an invite, or nobody. */
  registration: v.picklist(["open", "invite", "closed"]),
});

export type RelayDescription = v.InferOutput<typeof relayDescription>;

/** Parses the answer; null when it is malformed. */
export function parseRelayDescription(json: unknown): RelayDescription | null {
  const parsed = v.safeParse(relayDescription, json);
  return parsed.success ? parsed.output : null;
}
