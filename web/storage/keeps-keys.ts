/**
 * Whether what runs here can keep a CryptoKey: WebKit refuses that to a SharedWorker, and copies of every kind fail as
 * storing does.
 */
export async function keepsKeys(): Promise<boolean> {
  try {
    structuredClone(await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]));
    return true;
  } catch {
    return false;
  }
}
