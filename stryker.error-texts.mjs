/** Keeps Stryker from altering the texts of errors: they are for people, and tests go by the codes. */

const ERRORS = new Set(["ProtocolError", "RangeError", "TypeError"]);

/** Functions whose first argument is what the texts of their errors call the bytes in hand. */
const NAMING = new Set(["mint", "requirePrimeOrder"]);

/** Whether a node is the text, the argument after the code if there is one, of a new error. */
function isErrorText({ node, parent }) {
  if (parent?.type !== "NewExpression" || parent.callee.type !== "Identifier" || !ERRORS.has(parent.callee.name)) {
    return false;
  }
  return parent.arguments.indexOf(node) === (parent.callee.name === "ProtocolError" ? 1 : 0);
}

/** Whether a node is the name that an error would give to bytes. */
function isNameInErrors({ node, parent }) {
  return (
    parent?.type === "CallExpression" &&
    parent.callee.type === "Identifier" &&
    NAMING.has(parent.callee.name) &&
    parent.arguments[0] === node
  );
}

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "error-texts",
    value: {
      shouldIgnore: (path) =>
        isErrorText(path) || isNameInErrors(path) ? "the text of an error is for people" : undefined,
    },
  },
];
