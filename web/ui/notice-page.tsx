/** A page that says one thing and offers a way out. */

import type { ReactNode } from "react";
import { Sign } from "./icons.tsx";
import styles from "./notice-page.module.css";
import { type PageText, wording } from "./wording.ts";

interface NoticePageProps {
  readonly text: PageText;
  readonly children?: ReactNode;
}

export function NoticePage({ text, children }: NoticePageProps) {
  return (
    <main className={styles["notice-page"]}>
      <title>{`${text.title} · ${wording.brand}`}</title>
      <div className={styles["notice-column"]}>
        <Sign />
        <h1 className={styles["notice-title"]}>{text.title}</h1>
        {text.sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <div className={styles["notice-actions"]}>{children}</div>
      </div>
    </main>
  );
}
