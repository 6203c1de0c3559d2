/** Passkeys whose PRF extension makes a secret for the lock (WebAuthn Level 3 §10.1.4). */

import type { LockPasskey } from "../state/views.ts";

const SALT_BYTES = 32;
const TIME_LIMIT_MS = 120_000;

/** A passkey with what it made of its salt, 32 bytes. */
export type AnsweredPasskey = LockPasskey & { readonly output: Uint8Array<ArrayBuffer> };

/** Whether this browser has passkeys at all; whether one has the extension shows only when it is made. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function";
}

/** Makes a passkey for an account; null when the person gave up, or it cannot make a secret. */
export async function makePasskey(username: string): Promise<AnsweredPasskey | null> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const credential = await orNull(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { name: "Sotto" },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: username, displayName: username },
        // Ed25519, P-256 and RSA, as browsers ask for; its signatures are not used.
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        timeout: TIME_LIMIT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  );
  if (!(credential instanceof PublicKeyCredential)) return null;
  const credentialId = new Uint8Array(credential.rawId);
  // Many authenticators make it only when they are asked again.
  const output = outputOf(credential) ?? (await askPasskey({ credentialId, salt }));
  return output === null ? null : { credentialId, salt, output };
}

/** What a passkey makes of its salt, 32 bytes; null when the person gave up, or it is not there. */
export async function askPasskey({ credentialId, salt }: LockPasskey): Promise<Uint8Array<ArrayBuffer> | null> {
  const credential = await orNull(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        allowCredentials: [{ type: "public-key", id: credentialId }],
        userVerification: "required",
        timeout: TIME_LIMIT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  );
  return credential instanceof PublicKeyCredential ? outputOf(credential) : null;
}

function outputOf(credential: PublicKeyCredential): Uint8Array<ArrayBuffer> | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return null;
  const bytes = first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer.slice(0));
  return Uint8Array.from(bytes);
}

/** The browser throws where the person gives up, and for want of an authenticator. */
async function orNull<Result>(ask: () => Promise<Result>): Promise<Result | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
