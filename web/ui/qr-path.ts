/** Draws a QR code's modules as the one path of an SVG, in units of one module. */

/** `modules` are rows of columns, true for dark. Each horizontal stretch of dark modules is one rectangle. */
export function drawQrPath(modules: readonly (readonly boolean[])[]): string {
  return modules
    .map((row, y) =>
      darkStretches(row)
        .map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`)
        .join(""),
    )
    .join("");
}

function darkStretches(row: readonly boolean[]): readonly (readonly [start: number, width: number])[] {
  const starts = row.flatMap((dark, x) => (dark && row[x - 1] !== true ? [x] : []));
  return starts.map((start) => {
    const end = row.indexOf(false, start);
    return [start, (end === -1 ? row.length : end) - start];
  });
}
