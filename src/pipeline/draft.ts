/** An action while it is being judged: what could be read of it, and where each part stands. */
import type { Spot } from './report.ts';
import type { ImageName, Json, Level, Origin } from './types.ts';

export interface DraftOutput {
  level: Level;
  name: string;
  pattern: string;
  spot: Spot;
}

export interface DraftNeed {
  name: string;
  spot: Spot;
}

export interface Draft {
  name: string;
  nameSpot: Spot;
  run?: { text: string; spot: Spot };
  /** All words of `run`; absent when they cannot be told. */
  words?: string[];
  image?: ImageName;
  needs: DraftNeed[];
  outputs: DraftOutput[];
  /** Levels that are given, with or without outputs. */
  levels: { level: Level; spot: Spot }[];
  config?: { [key: string]: Json };
  dummyDataFile?: string;
  permissions?: string[];
  origin?: Origin;
}
