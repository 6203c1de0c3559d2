/** Ends the relay when whoever started it is gone, however it went, so that an aborted test leaves nothing running. */
process.on("disconnect", () => process.exit(1));
// The relay must end when it would without this.
process.channel?.unref();
