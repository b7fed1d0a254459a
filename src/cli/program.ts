/**
 * Every command of the program, each registered by a small file that imports its composition only when it runs, so
 * that `check` and `--help` start in the time Node itself takes.
 */
import type { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerAirlock } from './airlock.ts';
import { registerDemo } from './demo.ts';
import { registerHub } from './hub.ts';
import { registerKeygen } from './keygen.ts';
import { registerProxy } from './proxy.ts';
import { registerSandbox } from './sandbox.ts';
import { programOf } from './program-of.ts';
import { registerSatre } from './satre.ts';
import { LAPTOP, type Register } from './laptop-commands.ts';
import { registerSetup } from './setup.ts';
import { registerSteward } from './steward.ts';

/** What a host does: each is a role of its own, and not part of the single file for laptops. */
const HOSTS: readonly Register[] = [
  registerSetup,
  registerDemo,
  registerHub,
  registerProxy,
  registerSteward,
  registerAgent,
  registerAirlock,
  registerKeygen,
  registerSandbox,
  registerSatre,
];

export const program = (): Command => programOf([...LAPTOP, ...HOSTS]);
