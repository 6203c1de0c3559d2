/**
 * Carries messages between workers that share nothing but a BroadcastChannel, and what a BroadcastChannel cannot carry:
 * the ports in them. A port is named at its end, and each side stands for the other's end of it by a port of its own.
 */

/** As it crosses. */
interface Parcel {
  readonly kind: "sotto/parcel";
  /** The name of the port it goes to; empty for whoever answers at the front. */
  readonly to: string;
  readonly body: unknown;
  /** The names of the ports in it, in the body's places. */
  readonly ports: readonly string[];
}

/** Stands for a port in a parcel's body. */
const PLACE = "sotto/port";

export class Tunnel {
  readonly #channel: BroadcastChannel;
  readonly #ports = new Map<string, MessagePort>();
  readonly #receive: (message: unknown) => void;

  /** `receive` gets what others post at the front. The caller hands over what comes by the channel, by `take`. */
  constructor(channel: BroadcastChannel, receive: (message: unknown) => void) {
    this.#channel = channel;
    this.#receive = receive;
  }

  /** Posts a message, and the ports in it, to whoever answers at the front. */
  post(message: unknown, ports: readonly MessagePort[] = []): void {
    this.#send("", message, ports);
  }

  /** Takes what came by the channel; what is no parcel, or for nobody here, is ignored. */
  take(data: unknown): void {
    const parcel = parseParcel(data);
    if (parcel === null) return;
    const port = this.#ports.get(parcel.to);
    if (parcel.to !== "" && port === undefined) return;
    const arrived = new Map<unknown, MessagePort>();
    for (const name of parcel.ports) {
      const { port1, port2 } = new MessageChannel();
      this.#stand(name, port2);
      arrived.set(name, port1);
    }
    const body = arrived.size === 0 ? parcel.body : replaced(parcel.body, (value) => portIn(value, arrived));
    if (port === undefined) this.#receive(body);
    else port.postMessage(body, [...arrived.values()]);
  }

  /** Lets go of all ports. */
  close(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }

  #send(to: string, message: unknown, ports: readonly MessagePort[]): void {
    const names = new Map<unknown, string>();
    for (const port of ports) {
      const name = crypto.randomUUID();
      this.#stand(name, port);
      names.set(port, name);
    }
    const placeOf = (value: unknown) => (names.has(value) ? { [PLACE]: names.get(value) } : undefined);
    const body = names.size === 0 ? message : replaced(message, placeOf);
    const parcel: Parcel = { kind: "sotto/parcel", to, body, ports: [...names.values()] };
    this.#channel.postMessage(parcel);
  }

  #stand(name: string, port: MessagePort): void {
    this.#ports.set(name, port);
    port.onmessage = ({ data, ports }) => this.#send(name, data, ports);
    // Not all browsers tell; then it stays until the tunnel closes.
    port.addEventListener("close", () => this.#ports.delete(name));
  }
}

function parseParcel(data: unknown): Parcel | null {
  if (typeof data !== "object" || data === null || !("kind" in data) || data.kind !== "sotto/parcel") return null;
  if (!("to" in data && "body" in data && "ports" in data)) return null;
  const { to, body, ports } = data;
  if (typeof to !== "string" || !Array.isArray(ports)) return null;
  return { kind: "sotto/parcel", to, body, ports: ports.filter((name) => typeof name === "string") };
}

function portIn(value: unknown, arrived: ReadonlyMap<unknown, MessagePort>): MessagePort | undefined {
  if (typeof value !== "object" || value === null || !(PLACE in value)) return undefined;
  return arrived.get(value[PLACE]);
}

/** A copy with another value wherever `replace` gives one; looks into arrays and plain objects. */
function replaced(value: unknown, replace: (value: unknown) => unknown): unknown {
  const other = replace(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((each) => replaced(each, replace));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, replace)]));
}
