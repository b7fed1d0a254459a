/**
 * Every command of the program, each registered by a small file that imports its composition only when it runs, so
 * that `check` and `--help` start in the time Node itself takes.
 */
import type { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerAirlock } from './airlock.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerHostDoctor } from './doctor-hosts.ts';
import { registerHub } from './hub.ts';
import { registerImageMaking } from './images-host.ts';
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
  registerImageMaking,
  registerSandbox,
  registerSatre,
];

/** `doctor` of a host knows a laptop, too. */
const SHARED = LAPTOP.map((one) => (one === registerDoctor ? registerHostDoctor : one));

export const program = (): Command => programOf([...SHARED, ...HOSTS]);
