/** A QR code. The library that makes it is loaded with the first one. */

import { useEffect, useState } from "react";
import styles from "./dialog.module.css";
import { drawQrPath } from "./qr-path.ts";

interface QrCodeProps {
  /** What the code says. */
  readonly text: string;
  /** What it is, for those who do not see it. */
  readonly label: string;
  /** What to say when the library could not be loaded. */
  readonly failure: string;
}

export function QrCode({ text, label, failure }: QrCodeProps) {
  const [modules, setModules] = useState<boolean[][] | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import("qr").then(({ encodeQR }) => setModules(encodeQR(text, "raw", { border: 1 }))).catch(() => setFailed(true));
  }, [text]);
  if (failed) return <p className={styles["dialog-text"]}>{failure}</p>;
  const size = modules?.length ?? 1;
  return (
    <svg
      className={styles["dialog-qr"]}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={drawQrPath(modules ?? [])} />
    </svg>
  );
}
