/** Watches through the camera until it sees a QR code, or until it is stopped. */

import type { ReadingProblem } from "../state/verification.ts";
import { drawPixels, loadReader, type ReadCode } from "./code-reader.ts";

/** About five frames a second: as soon as a hand holds still, without heating a phone. */
const FRAME_MILLISECONDS = 200;

/** The side of the frames that are searched, in pixels. */
const FRAME_SIDE = 800;

interface CameraOptions {
  /** Shows what the camera sees. */
  readonly video: HTMLVideoElement;
  /** The text of the first code seen; the camera is off by then. */
  readonly onText: (text: string) => void;
  /** Why there is no camera, or none any more; it is off by then. */
  readonly onProblem: (problem: ReadingProblem) => void;
}

/**
 * Asks for the camera and watches. Returns what stops it: the camera's light goes out, and nothing is called any more.
 */
export function watchCamera({ video, onText, onProblem }: CameraOptions): () => void {
  let stopped = false;
  let timer = 0;
  let stream: MediaStream | null = null;

  function stop() {
    stopped = true;
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  }
  function end(report: () => void) {
    if (stopped) return;
    stop();
    report();
  }
  function look(reader: ReadCode) {
    if (stopped) return;
    const text = readFrame(video, reader);
    if (text === null) timer = window.setTimeout(look, FRAME_MILLISECONDS, reader);
    else end(() => onText(text));
  }
  async function begin() {
    const reader = await loadReader("frame").catch(() => null);
    if (reader === null) return end(() => onProblem("reader-missing"));
    if (stopped) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment" } });
      // It was stopped while the browser asked the person.
      if (stopped) return stop();
      for (const track of stream.getTracks()) track.onended = () => end(() => onProblem("camera-missing"));
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      return end(() => onProblem(isRefusal(error) ? "camera-refused" : "camera-missing"));
    }
    look(reader);
  }
  void begin();
  return stop;
}

function readFrame(video: HTMLVideoElement, reader: ReadCode): string | null {
  const { videoWidth, videoHeight } = video;
  // There is no frame yet.
  if (videoWidth === 0 || videoHeight === 0) return null;
  const scale = Math.min(1, FRAME_SIDE / Math.max(videoWidth, videoHeight));
  return reader(drawPixels(video, { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) }));
}

function isRefusal(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError");
}
