/** The tests that mutations of web/protocol are tried against: all of its own but the slow demonstrations. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["web/protocol/*.test.ts"],
    exclude: [
      "web/protocol/forward-secrecy.test.ts",
      "web/protocol/healing.test.ts",
      "web/protocol/hostile-peer.test.ts",
    ],
    testTimeout: 60_000,
  },
});
