/** A username as people type it: phones begin with a capital and leave a space behind. */

/** Returns the name meant by what was typed; whether it is well-formed is for others to say. */
export function readTypedUsername(text: string): string {
  return text.trim().toLowerCase();
}
