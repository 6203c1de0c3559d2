/**
 * The relay's program. Checks that this Node can run it before anything else is loaded, since a module that needs a
 * newer one would fail with a riddle.
 */
const [MINIMUM_MAJOR, MINIMUM_MINOR] = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < MINIMUM_MAJOR || (major === MINIMUM_MAJOR && minor < MINIMUM_MINOR)) {
  console.error(`Sotto needs Node ${MINIMUM_MAJOR}.${MINIMUM_MINOR} or newer; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  const surroundings = { environment: process.env, say: console.log, complain: console.error };
  const args = process.argv.slice(2);
  const { asksForHelp, helpLines } = await import("./configuration/help.ts");
  if (asksForHelp(args)) {
    for (const line of helpLines()) console.log(line);
  } else if (args.length === 0) {
    const { serve } = await import("./serve.ts");
    await serve(surroundings);
  } else {
    const { runCommand } = await import("./commands/commands.ts");
    await runCommand(args, surroundings);
  }
}
