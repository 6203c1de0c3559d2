/**
 * Finds QR codes in pixels, in pictures and in what a camera sees. The library that does it is loaded with the first
 * one; nothing that is seen leaves this page.
 */

import type { ReadingProblem } from "../state/verification.ts";

/** RGBA, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** The text of the code in these pixels; null when there is none. */
export type ReadCode = (pixels: Pixels) => string | null;

export type PictureReading = { readonly text: string } | { readonly problem: ReadingProblem };

/** Larger pictures are made smaller before they are searched: a code that fills a part of one is still sharp enough. */
const LONGEST_SIDE = 1600;

/** For a picture one waits; a camera shows another frame soon. */
const PICTURE_EFFORT = { effort: 100, timeLimit: 1500 } as const;
const FRAME_EFFORT = { effort: 8, timeLimit: 60 } as const;

/** Loads the reader. Rejects when the library cannot be loaded. */
export async function loadReader(effort: "picture" | "frame"): Promise<ReadCode> {
  const { decodeQR } = await import("qr/decode.js");
  const options = effort === "picture" ? PICTURE_EFFORT : FRAME_EFFORT;
  return (pixels) => {
    try {
      return decodeQR(pixels, options);
    } catch {
      // It throws for every picture without a code.
      return null;
    }
  };
}

/** Looks for a code in a file that someone chose. */
export async function readPicture(file: Blob): Promise<PictureReading> {
  const reader = await loadReader("picture").catch(() => null);
  if (reader === null) return { problem: "reader-missing" };
  const picture = await createImageBitmap(file).catch(() => null);
  if (picture === null) return { problem: "not-a-picture" };
  try {
    for (const { width, height } of sizesToTry(picture)) {
      const text = reader(drawPixels(picture, { width, height }));
      if (text !== null) return { text };
    }
    return { problem: "no-code" };
  } catch {
    // The browser has no room to draw it.
    return { problem: "not-a-picture" };
  } finally {
    picture.close();
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The sizes at which a picture is searched: as large as is sensible, then half that, where noise and moiré blur away.
 */
export function sizesToTry({ width, height }: Size): readonly Size[] {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return [scale, scale / 2].map((factor) => ({
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  }));
}

/** The pixels of a picture or of a video's present frame, at the size that is asked for. */
export function drawPixels(source: CanvasImageSource, { width, height }: Size): Pixels {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  if (drawing === null) throw new Error("canvas must have a 2d context");
  // A picture may be transparent where its code is light.
  drawing.fillStyle = "white";
  drawing.fillRect(0, 0, width, height);
  drawing.drawImage(source, 0, 0, width, height);
  return drawing.getImageData(0, 0, width, height);
}
