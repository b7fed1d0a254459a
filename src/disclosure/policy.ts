/**
 * Every number the checks compare with, as data: a policy is versioned, and each data source may have
 * its own. `compiled` prepares the rule packs it names once.
 */
import { PACKS, type Matcher, type RulePack } from './packs.ts';

export interface DisclosurePolicy {
  /** Counts from 1 to this are too small (T). */
  threshold: number;
  /** Counts are rounded to multiples of this (R); 1 asks for no rounding. */
  base: number;
  /** Whether counts rounded to the middle of bins of six (0, 3, 9, 15 …) are accepted. */
  midpoint6: boolean;
  /** Residual degrees of freedom a model must have. */
  minDf: number;
  /** Share of a column's or cell's total at which one contributor dominates. */
  dominance: number;
  /** The p of the p % rule. */
  pPercent: number;
  /** Points of one picture that may each be one record before it counts as a scatter of records. */
  maxMarks: number;
  /** Bytes of all files of one request together. */
  budget: number;
  /** Names of rule packs: which identifiers and areas are looked for. */
  packs: readonly string[];
  limits: Limits;
}

export interface Limits {
  bytes: number;
  rows: number;
  columns: number;
  /** A record, quoted line ends included; longer ones end the reading. */
  recordBytes: number;
  /** Read of a file that is too large anyway. */
  scanBytes: number;
  /** Of an .svgz, unpacked. */
  inflatedBytes: number;
  depth: number;
  arrayItems: number;
  /** Places listed per check and file; the rest is counted. */
  places: number;
  /** Unknown cells of one system that bounds are computed for. */
  unknowns: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_POLICY: DisclosurePolicy = {
  threshold: 7,
  base: 5,
  midpoint6: true,
  minDf: 10,
  dominance: 0.9,
  pPercent: 0.1,
  maxMarks: 7,
  budget: 64 * MIB,
  packs: ['people', 'england-health'],
  limits: {
    bytes: 16 * MIB,
    rows: 5000,
    columns: 2000,
    recordBytes: MIB,
    scanBytes: 512 * MIB,
    inflatedBytes: 16 * MIB,
    depth: 64,
    arrayItems: 5000,
    places: 20,
    unknowns: 200,
  },
};

/** A policy with its rule packs ready for use. */
export interface Compiled {
  policy: DisclosurePolicy;
  /** Half the rounding base: how far a true value may lie from a rounded one. */
  half: number;
  identifiers: readonly string[];
  values: readonly Matcher[];
  areaHeadings: ReadonlySet<string>;
  areas: readonly Matcher[];
  gazetteer: ReadonlySet<string>;
}

const known = new WeakMap<DisclosurePolicy, Compiled>();

/** A pack that does not exist is a mistake in the policy, not in a file: it throws. */
export function compiled(policy: DisclosurePolicy): Compiled {
  const before = known.get(policy);
  if (before) return before;
  const packs: RulePack[] = policy.packs.map((name) => {
    const pack = PACKS[name];
    if (!pack) throw new RangeError(`There is no rule pack "${name}".`);
    return pack;
  });
  const ready: Compiled = {
    policy,
    half: Math.floor(policy.base / 2),
    identifiers: packs.flatMap((pack) => pack.identifiers),
    values: packs.flatMap((pack) => pack.values),
    areaHeadings: new Set(packs.flatMap((pack) => pack.areaHeadings)),
    areas: packs.flatMap((pack) => pack.areas),
    gazetteer: new Set(packs.flatMap((pack) => pack.gazetteer)),
  };
  known.set(policy, ready);
  return ready;
}
