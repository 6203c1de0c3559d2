/** Goes to a conversation by the beginning of a name, with the keyboard alone. */

import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useStore } from "../state/store.ts";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { Dialog } from "./dialog.tsx";
import styles from "./search-dialog.module.css";
import { keysWording } from "./wording-keys.ts";

/** At most so many are shown. */
const MOST_PLACES = 8;

interface Place {
  readonly name: string;
  readonly go: () => void;
}

export function GoDialog({ onClose }: { readonly onClose: () => void }) {
  const conversations = useStore(useSession().account, ({ view }) => view?.conversations ?? []);
  const openConversation = useStore(useApp().navigation, (navigation) => navigation.openConversation);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const going = useRef<Place | null>(null);
  const id = useId();
  const places = conversations.map(({ peer, givenName }): Place => {
    return { name: givenName === null ? peer : `${givenName} · ${peer}`, go: () => openConversation(peer) };
  });
  const wanted = typed.trim().toLowerCase();
  const shown = places.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, MOST_PLACES);
  const chosen = Math.min(at, shown.length - 1);
  return (
    <Dialog
      title={keysWording.goTitle}
      onClose={() => {
        onClose();
        // Once this one is closed and the focus is back: another dialog gives it back there.
        going.current?.go();
      }}
    >
      {(close) => {
        const go = (place: Place | undefined) => {
          if (place === undefined) return;
          going.current = place;
          close();
        };
        const onKeyDown = (event: KeyboardEvent) => {
          if (event.key === "Enter") go(shown[chosen]);
          else if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, shown.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
          else return;
          event.preventDefault();
        };
        return (
          <>
            <input
              className={controls["field-box"]}
              role="combobox"
              aria-label={keysWording.goTitle}
              aria-expanded={shown.length > 0}
              aria-controls={`${id}-places`}
              aria-activedescendant={chosen < 0 ? undefined : `${id}-${chosen}`}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
              placeholder={keysWording.goPlaceholder}
              autoComplete="off"
              spellCheck={false}
            />
            {shown.length === 0 && <p role="status">{keysWording.goNothing}</p>}
            <div
              id={`${id}-places`}
              role="listbox"
              aria-label={keysWording.goTitle}
              className={styles["search-places"]}
            >
              {shown.map((place, index) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keys
                <div
                  key={place.name}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === chosen}
                  tabIndex={-1}
                  className={styles["search-place"]}
                  onClick={() => go(place)}
                >
                  <bdi>{place.name}</bdi>
                </div>
              ))}
            </div>
          </>
        );
      }}
    </Dialog>
  );
}
