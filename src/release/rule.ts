/** The shape of a rule: what it is asked, and how it answers. */
import type { Refusal } from '../lib/refusal.ts';
import type { CommandOf, CommandType } from './commands.ts';
import type { Happening } from './entries.ts';
import type { Actor, Facts, ReleasePolicy, ReleaseRequest } from './types.ts';

export interface At<T extends CommandType> {
  request: ReleaseRequest;
  command: CommandOf<T>;
  facts: Facts;
  policy: ReleasePolicy;
}

/** What happens, and who did it where that is not who asked. */
export type Drafted = Happening & { doer?: Actor };

export type Outcome = { no: Refusal[] } | { yes: Drafted[] };

/** Every reason against it; without any, what happens. */
export function answer(against: readonly (Refusal | undefined | false)[], yes: () => Drafted[]): Outcome {
  const no = against.filter((each) => each !== undefined && each !== false);
  return no.length > 0 ? { no } : { yes: yes() };
}
