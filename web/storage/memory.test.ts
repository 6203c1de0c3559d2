import { describe } from "vitest";
import { createMemoryDisk } from "./memory.ts";
import { describeKeyValueStore } from "./testing/key-value-contract.ts";

describe("a key-value store in memory", () => {
  describeKeyValueStore(() => createMemoryDisk().open);
});
