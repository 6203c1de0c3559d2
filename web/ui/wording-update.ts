/** The sentences about a new version of the app. */

export const updateWording = {
  name: "New version",
  ready: "A new version of Sotto is ready.",
  otherwise: "Later, it comes in by itself once all tabs of Sotto are closed.",
  use: "Use it now",
  later: "Later",
} as const;
