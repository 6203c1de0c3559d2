/** The first letter of a username on a quiet colour that belongs to the name. */

import styles from "./avatar.module.css";

const HUES = 6;

export function Avatar({ username }: { readonly username: string }) {
  const hue = [...username].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7) % HUES;
  return (
    <span className={`${styles["avatar-disc"]} ${styles[`avatar-hue-${hue}`]}`} aria-hidden="true">
      {username.slice(0, 1)}
    </span>
  );
}
