/** A browser's storage as the page may know it, that a test decides. */
import type { Keeping } from "../ports.ts";

export interface FakeKeeping extends Keeping {
  /** Usernames of which there is a note. */
  readonly notes: Set<string>;
  /** Whether asking is granted. */
  grants: boolean;
}

export function createFakeKeeping(...notes: readonly string[]): FakeKeeping {
  let persistent = false;
  const fake: FakeKeeping = {
    notes: new Set(notes),
    grants: true,
    isPersistent: async () => persistent,
    async askToPersist() {
      persistent ||= fake.grants;
      return persistent;
    },
    wasHere: (username) => fake.notes.has(username),
    note(username, here) {
      if (here) fake.notes.add(username);
      else fake.notes.delete(username);
    },
  };
  return fake;
}
