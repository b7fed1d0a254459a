/** What the room works with, and what it shows. */
import type { Db } from '../db/database.ts';
import type { Governance } from '../governance/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';

export interface RegistryDeps {
  db: Db;
  clock: Clock;
  ids: Ids;
  governance(): Governance | undefined;
}

/** Who does something on a page, by GitHub. */
export interface By {
  id: number;
  login: string;
}

export interface ShownSystem {
  id: string;
  codes: number;
  commit: string;
  takenAt: number;
}

export interface ShownCode {
  code: string;
  term: string;
  /** How many stand directly below. */
  below: number;
}

export interface ShownList {
  id: string;
  owner: string;
  name: string;
  description: string;
  system: string;
  source: string;
  newest: string;
  versions: number;
  codes: number;
  updatedAt: number;
}

export interface ShownVersion {
  id: string;
  list: string;
  version: string;
  number: number;
  codes: number;
  sha1: string;
  sha256: string;
  pull: number;
  head: string;
  commit: string;
  author: number;
  signers: number[];
  publishedAt: number;
  taggedAt: number | null;
  tagRefused: string | null;
  newest: boolean;
}

export interface UnderReview {
  number: number;
  title: string;
  versions: string[];
  faults: number;
  signers: number[];
  updatedAt: number;
}

/** The repository of codelists, by governance in force. */
export const registryOf = (governance: Governance | undefined): number | undefined =>
  governance?.deployment.github.repos['codelists'];
