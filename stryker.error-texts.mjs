/** Keeps Stryker from altering the texts of errors: they are for people, and tests go by the codes. */

const ERRORS = new Set(["ProtocolError", "RangeError", "TypeError"]);

/** Whether a node is the text, the argument after the code if there is one, of a new error. */
function isErrorText(path) {
  const { parent } = path;
  if (parent?.type !== "NewExpression" || parent.callee.type !== "Identifier" || !ERRORS.has(parent.callee.name)) {
    return false;
  }
  return parent.arguments.indexOf(path.node) === (parent.callee.name === "ProtocolError" ? 1 : 0);
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "error-texts",
    value: { shouldIgnore: (path) => (isErrorText(path) ? "the text of an error is for people" : undefined) },
  },
];
