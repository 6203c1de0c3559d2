/** What is timed inside the page, where asking from outside would count the asking too. */
import type { Locator, Page } from "@playwright/test";

/** tsx names functions by a helper of its own, which a page does not have. */
export async function bringNames(page: Page): Promise<void> {
  await page.addInitScript({ content: "globalThis.__name ??= (value) => value;" });
}

/** Runs on the page before its own scripts: notes when there is a box that takes text. */
export async function noteWhenReadyToType(page: Page): Promise<void> {
  await page.addInitScript(() => {
    new MutationObserver((_changes, observer) => {
      if (document.querySelector("textarea:enabled, input:enabled") === null) return;
      performance.mark("ready to type");
      observer.disconnect();
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
}

/** Milliseconds from the start of the navigation until there was a box that takes text. */
export async function readyToTypeAfter(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const [mark] = performance.getEntriesByName("ready to type");
    if (mark === undefined) throw new Error("the page was not seen to get ready");
    return mark.startTime;
  });
}

/** Clicks, and returns the milliseconds until an element of this selector holds this text. */
export async function clickUntil(button: Locator, selector: string, text: string): Promise<number> {
  return await button.evaluate(
    (element, wanted) =>
      new Promise<number>((resolve) => {
        const begun = performance.now();
        const look = () => {
          const found = [...document.querySelectorAll(wanted.selector)].some(
            ({ textContent }) => textContent?.includes(wanted.text) === true,
          );
          if (found) resolve(performance.now() - begun);
          else requestAnimationFrame(look);
        };
        if (element instanceof HTMLElement) element.click();
        look();
      }),
    { selector, text },
  );
}

export interface Scrolling {
  readonly frames: number;
  readonly over50: number;
  readonly longest: number;
}

/** Scrolls a log up, a third of a screen in each frame, for so many milliseconds. */
export async function scrollUp(log: Locator, milliseconds: number): Promise<Scrolling> {
  return await log.evaluate(
    (element, time) =>
      new Promise<Scrolling>((resolve) => {
        const begun = performance.now();
        let last = begun;
        let frames = 0;
        let over50 = 0;
        let longest = 0;
        const step = () => {
          const now = performance.now();
          frames += 1;
          if (now - last > 50) over50 += 1;
          longest = Math.max(longest, now - last);
          last = now;
          element.scrollTop -= element.clientHeight / 3;
          if (now - begun < time) requestAnimationFrame(step);
          else resolve({ frames, over50, longest });
        };
        requestAnimationFrame(step);
      }),
    milliseconds,
  );
}

/** Types a search, and returns the milliseconds until it is complete. */
export async function searchUntilComplete(box: Locator, text: string): Promise<number> {
  await box.fill("");
  return await box.evaluate((element, typed) => {
    const status = element.parentElement?.querySelector("[role=status]");
    if (!(element instanceof HTMLInputElement) || !(status instanceof HTMLElement))
      throw new Error("there is no search");
    return new Promise<number>((resolve) => {
      const begun = performance.now();
      const look = () => {
        if (/found.*\.$/.test(status.textContent ?? "")) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      // As React sees typing: its own setter is passed by.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(element, typed);
      element.dispatchEvent(new Event("input", { bubbles: true }));
      requestAnimationFrame(look);
    });
  }, text);
}
