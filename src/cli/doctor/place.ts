/** Where a role's facts are gathered from. */
import type { HostRole } from './host.ts';

export interface Place {
  role: HostRole;
  /** Settings. */
  file: string;
  /** Where the manifests of the Apps are. */
  root: string;
  now: number;
}
