/**
 * The words of the room.
 *
 * system: a file of codes with a hierarchy · list: `owner/slug` · version: one CSV file of a list · line: what
 * a study's codelists.txt says of a version, `owner/slug/version` · registry: the repository that holds them
 */

/** A version by its parts; the owner is an organisation, or `user/<name>`. */
export interface Line {
  /** `owner/slug/version` */
  id: string;
  /** `owner/slug` */
  list: string;
  owner: string;
  slug: string;
  version: string;
  /** The file in a study: the parts of the list joined by `-`. */
  csv: string;
}

export interface Finding {
  /** `codelists.…` */
  code: string;
  severity: 'error' | 'warning';
  line: number;
  column: number;
  message: string;
  hint?: string;
}

/** A finding with its file, from the top of the repository. */
export interface FileFinding extends Finding {
  path: string;
}

export interface Coded {
  code: string;
  term: string;
  /** Where it stands in its file. */
  line: number;
}

export interface SystemCode extends Coded {
  parents: string[];
}

/** What sets two versions apart. */
export interface Difference {
  added: Coded[];
  removed: Coded[];
  changed: { code: string; before: string; after: string }[];
}
