/** What a relay counts about itself for its log: numbers only, never about whom. */

export class RelayCounts {
  published = 0;
  accepted = 0;
  acknowledged = 0;
  refused = 0;
  failed = 0;

  /** The counts so far, as plain fields for a log line. */
  snapshot() {
    const { published, accepted, acknowledged, refused, failed } = this;
    return { published, accepted, acknowledged, refused, failed };
  }
}
