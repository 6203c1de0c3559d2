import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { operate } from "../testing/operate.ts";
import { startTestRelay, temporaryFolder } from "../testing/test-relay.ts";
import { COMMANDS, usageOf } from "./commands.ts";

const refused = (...complaints: readonly string[]) => ({ code: 1, out: [], complaints });

describe("the operator's commands", () => {
  it("have a name of their own and a line of help each", () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const { name, parameters, summary } of COMMANDS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(parameters).toMatch(/^((<\w+>|\[\w+\])( |$))*$/);
      expect(summary, name).toMatch(/^[a-z][^.\n]{10,79}$/);
    }
  });

  it("are named when there is none of that name", async () => {
    for (const args of [["reset"], ["Invite"], [""], ["toString"]]) {
      const { code, out, complaints } = await operate({}, args);
      expect({ code, out, lines: complaints.length }, args.join(" ")).toEqual({ code: 1, out: [], lines: 1 });
      for (const command of COMMANDS) expect(complaints[0]).toContain(usageOf(command));
    }
  });

  it("say how they are used when they are given too much, and touch no data", async () => {
    const folder = join(temporaryFolder(), "data");
    for (const command of COMMANDS) {
      const usage = `Usage: node build/relay/main.js ${usageOf(command)}`;
      const args = [command.name, "1", "2", "3", "4"];
      expect(await operate({ RELAY_DATA: folder }, args)).toEqual(refused(usage));
    }
    expect(existsSync(folder)).toBe(false);
  });

  it("make no database where there is none, and complain of one that they cannot open", async () => {
    const folder = temporaryFolder();
    const missing = `There is no database in ${folder}: set RELAY_DATA as it is for the relay.`;
    for (const name of ["invite", "sizes", "expire"]) {
      expect(await operate({ RELAY_DATA: folder }, [name])).toEqual(refused(missing));
      expect(existsSync(join(folder, DATABASE_FILE))).toBe(false);
    }
    mkdirSync(join(folder, DATABASE_FILE));
    const unusable = `The database in ${folder} cannot be opened (EISDIR): see RELAY_DATA.`;
    expect(await operate({ RELAY_DATA: folder }, ["sizes"])).toEqual(refused(unusable));
  });

  it("complain of a faulty configuration as the relay does", async () => {
    const environment = { PORT: "http", RELAY_DATA: temporaryFolder() };
    expect(await operate(environment, ["sizes"])).toEqual(refused('PORT must be a number from 0 to 65535, got "http"'));
  });

  it("leave the relay that runs beside them at work", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.store.sweep(Date.now());
    for (const args of [["invite"], ["sizes"], ["expire"], ["expire-mail", "1"]]) {
      expect((await operate({ RELAY_DATA: relay.folder }, args)).code, args.join(" ")).toBe(0);
      expect((await alice.receive()).status).toBe(200);
    }
  });
});
