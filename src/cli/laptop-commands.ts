/** The commands of a laptop: all of them are in the single file, which has no package beside it. */
import type { Command } from 'commander';
import { registerCheck } from './check.ts';
import { registerCi } from './ci.ts';
import { registerClean } from './clean.ts';
import { registerCodelists } from './codelists.ts';
import { registerCompletion } from './completion.ts';
import { registerDag } from './dag.ts';
import { registerDisclose } from './disclose.ts';
import { registerDoctor } from './doctor.ts';
import { registerDummyData } from './dummy-data.ts';
import { registerExec } from './exec.ts';
import { registerExplain } from './explain.ts';
import { registerGithub } from './github.ts';
import { registerInfo } from './info.ts';
import { registerInit } from './init.ts';
import { registerImages } from './images.ts';
import { registerLaunch } from './launch.ts';
import { registerLog } from './log.ts';
import { registerPlan } from './plan.ts';
import { registerRun } from './run.ts';
import { registerUnzip } from './unzip.ts';
import { registerUpgrade } from './upgrade.ts';
import { registerVerifyRelease } from './verify-release.ts';

export type Register = (root: Command) => void;

export const LAPTOP: readonly Register[] = [
  registerInit,
  registerCheck,
  registerPlan,
  registerExplain,
  registerDag,
  registerCodelists,
  registerDummyData,
  registerRun,
  registerImages,
  registerExec,
  registerLaunch,
  registerCi,
  registerDisclose,
  registerVerifyRelease,
  registerLog,
  registerClean,
  registerUnzip,
  registerInfo,
  registerDoctor,
  registerUpgrade,
  registerGithub,
  registerCompletion,
];
