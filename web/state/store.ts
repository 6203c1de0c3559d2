/** The one place where the page meets zustand: the views take both names from here. */
export { type StoreApi, useStore } from "zustand";
