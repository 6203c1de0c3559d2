/** The one place where the page meets zustand: the views take it from here. */
export { useStore } from "zustand";
