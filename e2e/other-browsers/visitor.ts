/** A person at a tab of another browser, who finds things by the same names as in the other journeys. */
import type { Tab } from "./other-browser.ts";

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** In the page: what is of this selector and has this name, by a label or by what it says. */
const FIND = `((selector, name) => [...document.querySelectorAll(selector)].find((element) => {
  const labels = [...(element.labels ?? [])].map((label) => label.textContent);
  return [element.getAttribute("aria-label"), element.textContent, ...labels].some((text) => text?.trim() === name);
}))`;

export class Visitor {
  readonly username: string;
  readonly #tab: Tab;
  readonly #origin: string;

  constructor(username: string, tab: Tab, origin: string) {
    this.username = username;
    this.#tab = tab;
    this.#origin = origin;
  }

  async open(path = `/u/${this.username}`): Promise<void> {
    await this.#tab.goto(`${this.#origin}${path}`);
  }

  async leave(): Promise<void> {
    await this.#tab.close();
  }

  async createAccount(): Promise<void> {
    await this.open("/");
    await this.fill("Username", this.username);
    await this.press("Create account");
    await this.expect("the account's address", `location.pathname === "/u/${this.username}"`);
    await this.expectConnection("Online");
  }

  async startConversation(peer: string): Promise<void> {
    await this.fill("Start a conversation", peer);
    await this.press("Start");
    await this.expect(
      "the conversation",
      `document.querySelector('[role=log][aria-label="Messages with ${peer}"]') !== null`,
    );
  }

  async openConversation(peer: string): Promise<void> {
    const entry = `[...document.querySelectorAll('nav[aria-label="Conversations"] button')].find(({ textContent }) => textContent.includes("${peer}"))`;
    await this.expect(`the entry of ${peer}`, `${entry} !== undefined`);
    await this.#tab.evaluate(`void ${entry}.click()`);
    await this.expect(
      "the conversation",
      `document.querySelector('[role=log][aria-label="Messages with ${peer}"]') !== null`,
    );
  }

  async send(text: string): Promise<void> {
    await this.fill("Message", text);
    await this.press("Send");
    await this.expectMessages([text]);
  }

  /** All of these are shown, in this order, each once. */
  async expectMessages(texts: readonly string[]): Promise<void> {
    const shown = `[...document.querySelectorAll("[role=log] article")].map(({ textContent }) => textContent)`;
    const wanted = JSON.stringify(texts);
    await this.expect(
      `the messages ${wanted}`,
      `((shown, wanted) => {
        const places = wanted.map((text) => shown.flatMap((each, place) => (each.includes(text) ? [place] : [])));
        return places.every((found, index) => found.length === 1 && (index === 0 || found[0] > places[index - 1][0]));
      })(${shown}, ${wanted})`,
    );
  }

  async expectStatus(text: string, words: readonly string[]): Promise<void> {
    await this.expect(
      `${words.join(" or ")} at "${text}"`,
      `[...document.querySelectorAll("[role=log] article")].some(({ textContent }) =>
        textContent.includes(${JSON.stringify(text)}) && ${JSON.stringify(words)}.some((word) => textContent.includes(word)))`,
    );
  }

  async expectConnection(word: "Online" | "Offline"): Promise<void> {
    await this.expect(
      word,
      `document.querySelector('[role=status][aria-label=Connection]')?.textContent === "${word}"`,
    );
  }

  async fill(name: string, text: string): Promise<void> {
    const field = `${FIND}("input, textarea", ${JSON.stringify(name)})`;
    await this.expect(`the field ${name}`, `${field} !== undefined`);
    await this.#tab.evaluate(`((field) => {
      const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
      field.focus();
      set.call(field, ${JSON.stringify(text)});
      field.dispatchEvent(new Event("input", { bubbles: true }));
    })(${field})`);
  }

  async press(name: string): Promise<void> {
    const button = `${FIND}("button, a, [role=menuitem]", ${JSON.stringify(name)})`;
    await this.expect(`the button ${name}`, `${button} !== undefined`);
    await this.#tab.evaluate(`void ${button}.click()`);
  }

  /** Waits until an expression is true in the page. */
  async expect(what: string, expression: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      // A page that is being left has nothing to say.
      if ((await this.#tab.evaluate(expression).catch(() => false)) === true) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    const text = await this.#tab.evaluate("document.body.innerText").catch(String);
    throw new Error(`${this.username} does not see ${what}, but:\n${String(text)}`);
  }
}
