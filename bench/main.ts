/** `npm run bench -- <what>`: measures one thing and prints it. */
const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  relay: () => import("./relay.ts"),
  app: () => import("./app.ts"),
  "first-load": () => import("./first-load.ts"),
};

const run = BENCHES[process.argv[2] ?? ""];
if (run === undefined) {
  console.error(`Say what to measure: npm run bench -- ${Object.keys(BENCHES).join(" | ")}`);
  process.exitCode = 1;
} else {
  await run();
}
