/** How the commands of a release are written, and what each is for. */
export const RELEASE_USAGE = {
  release: '/release <pattern…>',
  submit: '/submit',
  withdraw: '/withdraw',
  publish: '/publish',
  claim: '/claim',
  unclaim: '/unclaim',
  'submit-review': '/submit-review [code]',
  approve: '/approve [number…]',
  changes: '/changes [number…]',
  reject: '/reject [number…]',
  return: '/return <category>',
  'close-request': '/close-request <category>',
  halt: '/halt',
  revoke: '/revoke <release> <number> <category>',
} as const;

export const RELEASE_PURPOSES: Record<keyof typeof RELEASE_USAGE, string> = {
  release: 'start a request to release the outputs that match',
  submit: 'hand your request to its checkers',
  withdraw: 'take your request back for good',
  publish: 'ask that released files be published',
  claim: 'take a free place among the checkers',
  unclaim: 'give your place back',
  'submit-review': 'sign the grades you gave in the viewer',
  approve: 'sign, with this grade for every file (or these numbers) you did not grade singly',
  changes: 'sign, asking for changes to every file (or these numbers) you did not grade singly',
  reject: 'sign, rejecting every file (or these numbers) you did not grade singly',
  return: 'send the request back to its author',
  'close-request': 'reject the request as a whole',
  halt: 'stop a release before its first file has left',
  revoke: 'recall a released file; a second person has to say the same',
};

/** What two of them mean on the issue of a publication. */
export const ON_PUBLICATION: Partial<Record<string, readonly [usage: string, purpose: string]>> = {
  approve: [
    '/approve [reference] [day]',
    "say that these files may be public; with where the data owner's approval is written down, if that is missing",
  ],
  reject: ['/reject', 'say that they may not'],
};

/** A checker's word before both reviews are in: nothing the App writes repeats it, in public or here. */
export const VEILED = ['claim', 'unclaim', 'submit-review', 'approve', 'changes', 'reject'] as const;

export function isVeiled(text: string): boolean {
  const name = /^\/([A-Za-z-]+)/.exec(text)?.[1]?.toLowerCase();
  return name !== undefined && (VEILED as readonly string[]).includes(name);
}
