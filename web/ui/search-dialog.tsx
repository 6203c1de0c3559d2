/** Searching all messages: results while typing, and the way to the place. */

import { type KeyboardEvent, useEffect, useId, useRef } from "react";
import { createSearch } from "../state/search.ts";
import { useStore } from "../state/store.ts";
import type { SearchResult } from "../state/views.ts";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { Dialog } from "./dialog.tsx";
import styles from "./search-dialog.module.css";
import { formatDay, formatTime } from "./times.ts";
import { wording } from "./wording.ts";
import { searchWording } from "./wording-search.ts";

export function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const { typed, view, search } = useStore(session.part(createSearch));
  const openConversation = useStore(useApp().navigation, (navigation) => navigation.openConversation);
  const showMessage = useStore(session.conversations, (conversations) => conversations.showMessage);
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => () => search(""), [search]);
  const choose = (result: SearchResult, close: () => void) => {
    close();
    openConversation(result.peer);
    showMessage(result.peer, result.sequence);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    const all = [...(frame.current?.querySelectorAll<HTMLElement>("input, li button") ?? [])];
    const at = document.activeElement instanceof HTMLElement ? all.indexOf(document.activeElement) : -1;
    if (step === undefined || at < 0) return;
    event.preventDefault();
    all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
  };
  return (
    <Dialog title={searchWording.title} wide onClose={onClose}>
      {(close) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the arrows go from the box to the results and back
        <div ref={frame} className={styles["search-frame"]} onKeyDown={onKeyDown}>
          <label className="visually-hidden" htmlFor={id}>
            {searchWording.title}
          </label>
          <input
            id={id}
            type="search"
            className={controls["field-box"]}
            value={typed}
            onChange={(event) => search(event.target.value)}
            placeholder={searchWording.placeholder}
            autoComplete="off"
            spellCheck={false}
          />
          <p role="status" className={styles["search-count"]}>
            {typed.trim() === "" ? searchWording.hint : searchWording.found(view)}
          </p>
          <ul className={styles["search-results"]}>
            {(view?.results ?? []).map((result) => (
              <li key={`${result.peer} ${result.sequence}`}>
                <button type="button" className={styles["search-result"]} onClick={() => choose(result, close)}>
                  <Result result={result} />
                </button>
              </li>
            ))}
          </ul>
          <div className={styles["search-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.close}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Result({ result: { peer, at, direction, excerpt } }: { readonly result: SearchResult }) {
  return (
    <>
      <span className={styles["search-where"]}>
        <b>{peer}</b>
        {direction === "outgoing" && <span>{wording.conversation.you}</span>}
        <time dateTime={new Date(at).toISOString()}>
          {formatDay(at, Date.now())}, {formatTime(at)}
        </time>
      </span>
      <span dir="auto" className={styles["search-excerpt"]}>
        {/* biome-ignore lint/suspicious/noArrayIndexKey: the parts of one excerpt never move */}
        {excerpt.map(({ text, isMatch }, index) => (isMatch ? <mark key={index}>{text}</mark> : text))}
      </span>
    </>
  );
}
