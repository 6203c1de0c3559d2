/**
 * Usernames: 3 to 32 characters of ASCII, lower case, so that no two look the same and one spelling names one person.
 */

const USERNAME = /^[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]$/;

/** Whether `text` is a well-formed username: `[a-z0-9][a-z0-9._-]{1,30}[a-z0-9]`. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}
