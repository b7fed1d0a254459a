/** What `sallyport run` prints. One line each; the first word is the action. */
export const WORDS = {
  processWarning:
    'Warning: --executor process isolates nothing. The actions can read and change everything you can, and use the network.',
  reused: (action: string): string => `${action}: has run already; its outputs are there`,
  start: (action: string, image: string): string => `${action}: running ${image}`,
  dummy: (action: string, file: string): string =>
    `${action}: copying ${file} (database actions use dummy data here)`,
  done: (action: string, seconds: number, outputs: number): string =>
    `${action}: done in ${seconds.toFixed(1)} s, ${outputs} ${outputs === 1 ? 'output' : 'outputs'}`,
  failed: (action: string, why: string, hint: string): string => `${action}: ${why}${hint ? ` ${hint}` : ''}`,
  lastLines: (action: string, lines: number): string => `${action}: the last ${lines} lines of its log:`,
  logAt: (action: string, file: string): string => `${action}: the whole log is in ${file}`,
  unmatched: (action: string, pattern: string): string => `${action}: no file for ${pattern}`,
  hint: (action: string, file: string): string => `${action}: made, but not declared: ${file}`,
  withheld: (action: string, file: string, why: string): string =>
    `${action}: ${file} would be withheld from review: ${why}`,
  refused: (action: string, file: string, why: string): string => `${action}: ${file} was not taken: ${why}`,
  leftOut: (note: string): string => `note: ${note}`,
  nothing: 'Nothing to do: every action asked for has run already. Use -f to run dependencies again.',
  stopped: 'Stopped.',
  inputMissing: (action: string, need: string): string =>
    `${action}: the outputs of ${need} are not there; run ${need} first`,
  dummyMissing: (action: string, file: string | undefined): string =>
    file === undefined
      ? `${action}: give it a dummy_data_file in project.yaml; there is no database here`
      : `${action}: its dummy_data_file ${file} is not there`,
} as const;

export const noProject = (dir: string): string => `There is no project.yaml in ${dir}.`;
export const imagesMissing = (images: readonly { image: string; pull: string }[]): [string, string] => [
  `${images.length === 1 ? 'An image is' : `${images.length} images are`} not on this machine: ${images
    .map(({ image }) => image)
    .join(', ')}.`,
  `Run: ${images.map(({ pull }) => `docker pull ${pull}`).join(' && ')}`,
];
export const programsMissing = (images: readonly { image: string }[]): [string, string] => [
  `There is no program here that stands for ${images.map(({ image }) => image).join(', ')}.`,
  'Use the executor "docker", which runs the image itself.',
];
export const alreadyRunning = (pid: number): [string, string] => [
  `Another "sallyport run" (process ${pid}) works on this study.`,
  'Wait until it has ended, or stop it.',
];
