/**
 * A relay's configuration, from the environment. Everything is checked at start, with one clear line per fault; which
 * variables there are is said in configuration-variables.ts.
 */
import { type Configuration, VARIABLES, type Variable } from "./configuration-variables.ts";

export type { Configuration } from "./configuration-variables.ts";

export type ConfigurationOutcome =
  | { readonly kind: "valid"; readonly configuration: Configuration }
  | { readonly kind: "invalid"; readonly faults: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** How variables begin that are nobody else's, so that one we do not know is a mistake. */
const OWN_PREFIX = "RELAY_";

/** Reads every variable; empty values count as absent. `defaultAppFolder` is where the built app lies. */
export function readConfiguration(environment: Environment, defaultAppFolder: string): ConfigurationOutcome {
  const faults: string[] = [];
  const read = <Key extends keyof Configuration>(key: Key): Configuration[Key] => {
    const variable: Variable<Configuration[Key]> = VARIABLES[key];
    const text = environment[variable.name]?.trim();
    const fallback = variable.fallback(defaultAppFolder);
    if (text === undefined || text === "") return fallback;
    const value = variable.parse(text);
    if (value === null) faults.push(faultOf(variable, text));
    return value ?? fallback;
  };
  const configuration: Configuration = {
    host: read("host"),
    port: read("port"),
    dataFolder: read("dataFolder"),
    databaseUrl: read("databaseUrl"),
    publicOrigin: read("publicOrigin"),
    allowedOrigins: read("allowedOrigins"),
    appFolder: read("appFolder"),
    registration: read("registration"),
    mailDays: read("mailDays"),
    mailboxEnvelopes: read("mailboxEnvelopes"),
    blobDays: read("blobDays"),
    blobAccountMebibytes: read("blobAccountMebibytes"),
    blobTotalMebibytes: read("blobTotalMebibytes"),
    trustedProxies: read("trustedProxies"),
    metricsFrom: read("metricsFrom"),
    logLevel: read("logLevel"),
  };
  faults.push(...unknownVariables(environment));
  return faults.length === 0 ? { kind: "valid", configuration } : { kind: "invalid", faults };
}

/** The variables as lines of `--help`, names and defaults in columns. */
export function describeVariables(): readonly string[] {
  const variables = Object.values(VARIABLES);
  const width = Math.max(...variables.map(({ name }) => name.length));
  return variables.map(({ name, meaning, shown }) => `  ${name.padEnd(width)}  ${meaning} (default: ${shown})`);
}

function faultOf({ name, expected, isSecret = false }: Omit<Variable<unknown>, "parse" | "fallback">, text: string) {
  return `${name} must be ${expected}${isSecret ? "; its value is not shown here" : `, got ${JSON.stringify(text)}`}`;
}

function unknownVariables(environment: Environment): readonly string[] {
  const known = Object.values(VARIABLES).map(({ name }) => name);
  return Object.entries(environment)
    .filter(([name, text]) => name.startsWith(OWN_PREFIX) && !known.includes(name) && (text ?? "").trim() !== "")
    .map(([name]) => `${name} is no variable of the relay: did you mean ${nearest(name, known)}? See --help`);
}

function nearest(name: string, candidates: readonly string[]): string {
  const [first = ""] = [...candidates].sort((a, b) => editDistance(name, a) - editDistance(name, b));
  return first;
}

/** How many letters must be added, dropped or changed to make one of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
