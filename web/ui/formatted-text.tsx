/** The text of a message: links and code are drawn as such, all the rest as it was written. Nothing is fetched for it. */

import styles from "./formatted-text.module.css";
import { isEmojiAlone, parseText, type TextPart } from "./message-text.ts";
import { messageWording } from "./wording-messages.ts";

interface FormattedTextProps {
  readonly text: string;
  readonly className: string | undefined;
  readonly onCopy: (text: string) => void;
}

export function FormattedText({ text, className, onCopy }: FormattedTextProps) {
  const parts = parseText(text);
  return (
    <div className={className} dir="auto" data-large={isEmojiAlone(text)}>
      {/* biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move */}
      {parts.length === 0 ? text : parts.map((part, index) => <Part key={index} part={part} onCopy={onCopy} />)}
    </div>
  );
}

function Part({ part, onCopy }: { readonly part: TextPart; readonly onCopy: (text: string) => void }) {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code className={styles["text-code"]}>{part.text}</code>;
    case "block":
      return (
        <div className={styles["text-block"]}>
          <pre>
            <code>{part.text}</code>
          </pre>
          <button type="button" className={styles["text-copy"]} onClick={() => onCopy(part.text)}>
            {messageWording.copyCode}
          </button>
        </div>
      );
    case "link":
      return (
        <bdi>
          <a
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            referrerPolicy="no-referrer"
            className={styles["text-link"]}
          >
            {part.text}
          </a>
          {part.realHost !== null && (
            <span className={styles["text-host"]}>{messageWording.leadsTo(part.realHost)}</span>
          )}
        </bdi>
      );
  }
}
