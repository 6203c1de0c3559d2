import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { configure, openStore } from "./surroundings.ts";

const postgres = sharedPostgres();

/** Opens the store of this address as a program would; resolves to what it complained of, or to nothing. */
async function complaintsAbout(databaseUrl: string): Promise<readonly string[]> {
  const complaints: string[] = [];
  const surroundings = {
    environment: { RELAY_DATABASE_URL: databaseUrl, RELAY_DATA: "/nonexistent/data" },
    say: () => {},
    complain: (line: string) => void complaints.push(line),
  };
  // What a program would end with is not what the tests end with.
  const { exitCode } = process;
  onTestFinished(() => {
    process.exitCode = exitCode;
  });
  const configuration = configure(surroundings);
  const store = configuration && (await openStore(configuration, surroundings));
  await store?.check();
  await store?.close();
  return complaints;
}

describe("a store on PostgreSQL", () => {
  it("opens, and needs no folder", async () => {
    expect(await complaintsAbout(await (await postgres()).freshDatabase())).toEqual([]);
  });

  it("is complained of in one line when it does not open, without its address and password", async () => {
    const server = await postgres();
    const cannot = (code: string) =>
      `The database of RELAY_DATABASE_URL cannot be opened (${code}): is it running, and is there such a database?`;
    expect(await complaintsAbout(server.urlOf("missing"))).toEqual([cannot("3D000")]);
    const wrongPassword = server.urlOf("postgres").replace("a-password-of-the-tests", "secret-of-alice");
    expect(await complaintsAbout(wrongPassword)).toEqual([cannot("28P01")]);
    const nobody = `postgres://sotto:secret-of-alice@127.0.0.1:${await freePort()}/sotto`;
    expect(await complaintsAbout(nobody)).toEqual([cannot("ECONNREFUSED")]);
  });

  it("must be at an address of PostgreSQL, which is not shown when it is none", async () => {
    const [complaint = "", ...more] = await complaintsAbout("mysql://alice:secret-of-alice@127.0.0.1/sotto");
    expect(more).toEqual([]);
    expect(complaint).toContain("RELAY_DATABASE_URL must be an address such as postgres://");
    expect(complaint).not.toContain("secret-of-alice");
  });
});
