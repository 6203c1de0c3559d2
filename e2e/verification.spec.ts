/** Two people compare safety numbers: by eye, with a picture of the code, and through the camera. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { People } from "./fixtures/people.ts";
import type { Person } from "./fixtures/person.ts";
import { drawQr, readQr } from "./fixtures/qr-code.ts";
import { expect, test } from "./fixtures/test.ts";

/** Alice and Bob in browsers of their own, who have written to each other. */
async function meet(people: People): Promise<{ readonly alice: Person; readonly bob: Person }> {
  const alice = await people.join("alice", await people.anotherBrowser());
  const bob = await people.join("bob", await people.anotherBrowser());
  await talk(alice, bob);
  return { alice, bob };
}

async function talk(alice: Person, bob: Person): Promise<void> {
  await alice.startConversation(bob);
  await alice.send("Shall we compare?");
  await bob.openConversation(alice);
  await bob.send("Let us.");
  await alice.expectMessages(bob, ["Shall we compare?", "Let us."]);
}

/** The text of the code that someone's open comparison shows. */
async function codeOf(person: Person, peer: Person): Promise<string> {
  const code = await readQr(person.ownCode(peer));
  expect(code).toMatch(/^SOTTO:1:/);
  return code;
}

/** The same code with another first digit in its second fingerprint. */
function withOtherKey(code: string): string {
  return code.replace(
    /^(SOTTO:1:[^:]+:)(.)/,
    (_, before: string, digit: string) => before + (digit === "0" ? "1" : "0"),
  );
}

test("both see the same digits, and verify by a picture of the code and by eye", async ({ people }) => {
  const { alice, bob } = await meet(people);
  await alice.expectVerified(bob, false);
  await alice.openVerifyDialog(bob);
  await bob.openVerifyDialog(alice);
  const digits = await alice.readDigits(bob);
  expect(digits).toMatch(/^[0-9]{60}$/);
  expect(await bob.readDigits(alice)).toBe(digits);

  await bob.usePicture(await alice.ownCode(bob).screenshot());
  await expect(bob.verifyDialog(alice).getByRole("status")).toContainText("Verified");
  await alice.page.getByRole("button", { name: "Mark as verified" }).click();
  await expect(alice.verifyDialog(bob).getByRole("status")).toContainText("Verified");
  await bob.closeVerifyDialog(alice);
  await alice.closeVerifyDialog(bob);
  await bob.expectVerified(alice, true);
  await alice.expectVerified(bob, true);

  for (const [person, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await person.reload();
    await person.expectVerified(peer, true);
    await person.openVerifyDialog(peer);
    expect(await person.readDigits(peer)).toBe(digits);
  }

  await alice.page.getByRole("button", { name: "Remove verification" }).click();
  await alice.closeVerifyDialog(bob);
  await alice.expectVerified(bob, false);
  await bob.closeVerifyDialog(alice);
  await bob.expectVerified(alice, true);
});

test("nothing but the other's own code verifies anyone, and each says what it is", async ({ people }) => {
  const { alice, bob } = await meet(people);
  const carol = await people.join("carol", await people.anotherBrowser());
  await carol.startConversation(alice);
  await carol.openVerifyDialog(alice);
  await alice.openVerifyDialog(bob);
  await bob.openVerifyDialog(alice);
  const dialog = bob.verifyDialog(alice);

  await test.step("a code of another conversation", async () => {
    await bob.usePicture(await carol.ownCode(alice).screenshot());
    await expect(dialog.getByRole("status")).toContainText("of another conversation");
    await expect(dialog.getByRole("alert")).toHaveCount(0);
  });
  await test.step("this conversation's code with another key", async () => {
    await bob.usePicture(await drawQr(bob.context, withOtherKey(await codeOf(alice, bob))));
    await expect(dialog.getByRole("alert")).toContainText("The keys do not match");
  });
  await test.step("one's own code", async () => {
    await bob.usePicture(await bob.ownCode(alice).screenshot());
    await expect(dialog.getByRole("status")).toContainText("your own screen");
    await expect(dialog.getByRole("alert")).toHaveCount(0);
  });
  await test.step("a code of a later version", async () => {
    await bob.usePicture(await drawQr(bob.context, "SOTTO:2:0"));
    await expect(dialog.getByRole("status")).toContainText("later version");
  });
  await test.step("any other code", async () => {
    await bob.usePicture(await drawQr(bob.context, "https://example.org/"));
    await expect(dialog.getByRole("status")).toContainText("no safety number");
  });
  await test.step("a picture without a code", async () => {
    await bob.usePicture(await alice.page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 60 } }));
    await expect(dialog.getByRole("status")).toContainText("No QR code was found");
  });
  await test.step("a file that is no picture", async () => {
    await bob.usePicture(Buffer.from("not a picture"));
    await expect(dialog.getByRole("status")).toContainText("could not be opened as a picture");
  });

  await bob.closeVerifyDialog(alice);
  await bob.expectVerified(alice, false);
});

test("Bob's camera reads the code on Alice's screen, and the camera goes off; another code does not verify", async ({
  people,
}) => {
  const profile = await people.newProfile();
  const seen = join(profile, "seen-by-the-camera.mjpeg");
  const alice = await people.join("alice", await people.anotherBrowser());
  const browser = await people.ownBrowser(profile, [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-video-capture=${seen}`,
  ]);
  const bob = await people.join("bob", browser);
  await talk(alice, bob);
  await alice.openVerifyDialog(bob);
  await bob.page.evaluate(keepStreams);
  await bob.openVerifyDialog(alice);
  const dialog = bob.verifyDialog(alice);
  const code = await codeOf(alice, bob);

  await writeFile(seen, await drawQr(alice.context, withOtherKey(code), "jpeg"));
  await bob.page.getByRole("button", { name: "Scan their code" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The keys do not match");
  expect(await bob.page.evaluate(trackStates)).toEqual(["ended"]);

  await writeFile(seen, await drawQr(alice.context, "https://example.org/", "jpeg"));
  await bob.page.getByRole("button", { name: "Scan their code" }).click();
  await expect(dialog.getByRole("status")).toContainText("no safety number");

  await writeFile(seen, await alice.page.screenshot({ type: "jpeg", clip: { x: 0, y: 0, width: 320, height: 60 } }));
  await bob.page.getByRole("button", { name: "Scan their code" }).click();
  await expect(dialog.getByText("Hold their code in front of the camera.")).toBeVisible();
  await expect.poll(() => bob.page.evaluate(trackStates)).toEqual(["ended", "ended", "live"]);
  await bob.closeVerifyDialog(alice);
  expect(await bob.page.evaluate(trackStates), "the camera goes off with the dialog").toEqual([
    "ended",
    "ended",
    "ended",
  ]);
  await bob.expectVerified(alice, false);

  await writeFile(seen, await drawQr(alice.context, code, "jpeg"));
  await bob.openVerifyDialog(alice);
  await bob.page.getByRole("button", { name: "Scan their code" }).click();
  await expect(dialog.getByRole("status")).toContainText("Verified");
  expect(await bob.page.evaluate(trackStates)).toEqual(["ended", "ended", "ended", "ended"]);
  await bob.closeVerifyDialog(alice);
  await bob.expectVerified(alice, true);
});

test("without a camera the dialog says what else can be done", async ({ people }) => {
  const { alice, bob } = await meet(people);
  await bob.openVerifyDialog(alice);
  await bob.page.getByRole("button", { name: "Scan their code" }).click();
  await expect(bob.verifyDialog(alice).getByRole("status")).toContainText(
    /Use a picture of their code|or use a picture/,
  );
  await bob.closeVerifyDialog(alice);
  await bob.expectVerified(alice, false);
});

/** Runs on the page: remembers every stream that the page gets. */
function keepStreams(): void {
  const streams: MediaStream[] = [];
  Reflect.set(window, "streams", streams);
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    streams.push(stream);
    return stream;
  };
}

/** Runs on the page: whether each camera that the page got is on ("live") or off ("ended"). */
function trackStates(): string[] {
  const streams: unknown = Reflect.get(window, "streams");
  if (!Array.isArray(streams)) throw new Error("the page keeps no streams");
  return streams.flatMap((stream: MediaStream) => stream.getTracks().map(({ readyState }) => readyState));
}
