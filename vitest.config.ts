import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["web/**/*.test.ts", "web/**/*.test.tsx", "relay/**/*.test.ts", "docs/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine must not decide a test.
    expect: { poll: { timeout: 30_000 } },
    // Every core: one is left out by default, which on two halves the speed.
    maxWorkers: "100%",
    reporters: ["default"],
  },
});
