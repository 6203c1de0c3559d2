/** Reading the other's code: through the camera, or from a picture of it. */

import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { useStore } from "../state/store.ts";
import { createVerification, type ReadingProblem } from "../state/verification.ts";
import { useSession } from "./app-context.ts";
import { watchCamera } from "./camera.ts";
import { readPicture } from "./code-reader.ts";
import styles from "./code-scanner.module.css";
import controls from "./controls.module.css";
import { CameraIcon, PictureIcon } from "./late-icons.tsx";
import { dialogWording } from "./wording-dialogs.ts";

type Reading = "none" | "camera" | "picture";

export function CodeScanner() {
  const { compare, reportProblem, clearResult } = useStore(useSession().part(createVerification));
  const [reading, setReading] = useState<Reading>("none");
  const field = useRef<HTMLInputElement>(null);
  // Nothing comes of a picture that is read when the person is already elsewhere.
  const attempt = useRef(0);
  useEffect(
    () => () => {
      attempt.current += 1;
    },
    [],
  );

  const begin = (next: Reading) => {
    attempt.current += 1;
    clearResult();
    setReading(next);
  };
  const finish = (text: string) => {
    setReading("none");
    void compare(text);
  };
  const giveUp = (problem: ReadingProblem) => {
    setReading("none");
    reportProblem(problem);
  };
  const choosePicture = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    // So that choosing the same file again is a change too.
    event.target.value = "";
    if (file === undefined) return;
    begin("picture");
    const own = attempt.current;
    void readPicture(file).then((read) => {
      if (own !== attempt.current) return;
      if ("text" in read) finish(read.text);
      else giveUp(read.problem);
    });
  };
  return (
    <div className={styles["scanner-column"]}>
      <div className={styles["scanner-buttons"]}>
        <button
          type="button"
          className={controls["button-quiet"]}
          onClick={() => begin(reading === "camera" ? "none" : "camera")}
        >
          <CameraIcon />
          {reading === "camera" ? dialogWording.verify.stopScanning : dialogWording.verify.scan}
        </button>
        <button type="button" className={controls["button-quiet"]} onClick={() => field.current?.click()}>
          <PictureIcon />
          {dialogWording.verify.picture}
        </button>
        <input ref={field} type="file" accept="image/*" hidden onChange={choosePicture} />
      </div>
      {reading === "picture" && <p className={controls["field-busy"]}>{dialogWording.verify.reading}</p>}
      {reading === "camera" && <CameraView onText={finish} onProblem={giveUp} />}
    </div>
  );
}

interface CameraViewProps {
  readonly onText: (text: string) => void;
  readonly onProblem: (problem: ReadingProblem) => void;
}

/** The camera is on for as long as this is shown. */
function CameraView(handlers: CameraViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (video.current === null) return;
    video.current.scrollIntoView({ block: "nearest" });
    return watchCamera({
      video: video.current,
      onText: (text) => latest.current.onText(text),
      onProblem: (problem) => latest.current.onProblem(problem),
    });
  }, []);
  return (
    <figure className={styles["scanner-view"]}>
      <video
        ref={video}
        className={styles["scanner-video"]}
        aria-label={dialogWording.verify.camera}
        muted
        playsInline
      />
      <figcaption className={styles["scanner-aim"]}>{dialogWording.verify.aim}</figcaption>
    </figure>
  );
}
