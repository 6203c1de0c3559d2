/** Gives the relay a fault that only a number no client sends brings out: what a fuzzer must find. */
const isSafeInteger = Number.isSafeInteger;

Number.isSafeInteger = (value: unknown): boolean => {
  if (typeof value === "number" && !isSafeInteger(value)) throw new TypeError("number is odd");
  return isSafeInteger(value);
};
