/** What the pages of the public record are given by the composition. */
import type { Live, RecordDeps } from '../../src/record/record.ts';

export interface RecordSite {
  deps: RecordDeps;
  live: Live;
  /** When this hub began to listen. */
  since: number;
  /** The newest of the log, as it was signed. */
  checkpoint(): Promise<string | undefined>;
  /** With what the log is verified; none when this hub does not sign it. */
  logKeys: readonly string[];
}
