/** What is said about what others learn. */
export const privacyWording = {
  title: "Privacy",
  readReceipts: {
    label: "Say what was read",
    hint: "People you have written to see “Read” at their messages. Otherwise they see “Delivered”, and their disappearing messages count from then.",
  },
  typing: {
    label: "Say that you are writing",
    hint: "People you write with see that you are writing, while they are likely to be there. The relay sees that something small was sent.",
  },
} as const;
