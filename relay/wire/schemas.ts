/** The valibot building blocks of which requests, responses and frames are made. */
import * as v from "valibot";
import { type Bytes, fromBase64url } from "./bytes.ts";
import { isUsername } from "./username.ts";

/** Unpadded base64url that decodes to exactly `length` bytes. */
export function base64urlBytes(length: number) {
  return base64urlBetween(length, length);
}

/** Unpadded base64url that decodes to between `min` and `max` bytes. */
export function base64urlBetween(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.maxLength(Math.ceil((max * 4) / 3)),
    v.transform(fromBase64url),
    v.check((bytes) => bytes !== null && bytes.length >= min && bytes.length <= max),
    v.transform((bytes) => bytes as Bytes),
  );
}

export const username = v.pipe(v.string(), v.check(isUsername));

export const deviceNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(0xffff_ffff));
