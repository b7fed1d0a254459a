/**
 * Every command of the program, each registered by a small file that imports its composition only when it runs, so
 * that `check` and `--help` start in the time Node itself takes.
 */
import { Command } from 'commander';
import { registerAgent } from './agent.ts';
import { registerAirlock } from './airlock.ts';
import { registerCheck } from './check.ts';
import { registerCodelists } from './codelists.ts';
import { registerCompletion } from './completion.ts';
import { registerDag } from './dag.ts';
import { registerDemo } from './demo.ts';
import { registerDisclose } from './disclose.ts';
import { withExamples } from './examples.ts';
import { registerExplain } from './explain.ts';
import { registerHub } from './hub.ts';
import { registerKeygen } from './keygen.ts';
import { registerLog } from './log.ts';
import { registerPlan } from './plan.ts';
import { registerProxy } from './proxy.ts';
import { registerRun } from './run.ts';
import { registerSandbox } from './sandbox.ts';
import { registerSatre } from './satre.ts';
import { refuseLooseTls } from './secure.ts';
import { registerSteward } from './steward.ts';
import { registerVerifyRelease } from './verify-release.ts';
import { version } from './version.ts';

export function program(): Command {
  const root = new Command('sallyport')
    .description(
      'A GitHub-native trusted research environment: code comes in, approved results go out, data never moves.',
    )
    .version(version)
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for what can be written here)')
    .exitOverride();
  for (const register of [
    registerCheck,
    registerPlan,
    registerExplain,
    registerDag,
    registerCodelists,
    registerRun,
    registerDemo,
    registerDisclose,
    registerHub,
    registerProxy,
    registerSteward,
    registerVerifyRelease,
    registerAgent,
    registerAirlock,
    registerKeygen,
    registerLog,
    registerSandbox,
    registerSatre,
    registerCompletion,
  ]) {
    register(root);
  }
  for (const command of root.commands) command.exitOverride();
  withExamples(root);
  refuseLooseTls(root);
  return root;
}
