/** What the commands that work on images and open containers say to a person. */
import { printable } from '../../src/pipeline/pipeline.ts';

const quoted = (text: string): string => {
  const shown = printable(text);
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
};

export const badImageName = (text: string): [string, string] => [
  `"${quoted(text)}" is no name of an image.`,
  'Write it like python:v2, python@sha256:… or registry.example/images/python:v2.',
];

export const imageAbsent = (name: string): [string, string] => [
  `The image ${quoted(name)} is not on this machine.`,
  `Fetch it with "sallyport pull ${quoted(name)}".`,
];

export const noSuchImage = (address: string): [string, string] => [
  `The registry has no ${quoted(address)}.`,
  'Look at name and tag; SALLYPORT_IMAGES says which registry the short names mean.',
];

export const pullDenied = (address: string, host: string): [string, string] => [
  `The registry does not give you ${quoted(address)}: there is none of that name, or you may not have it.`,
  `Look at the name; where a sign-in is needed: "docker login ${host}" ("podman login" for Podman).`,
];

export const registryAway = (address: string, why: string): [string, string] => [
  `The registry of ${quoted(address)} cannot be reached (${quoted(why)}).`,
  'See whether you are online, and whether a proxy stands in between. What is on this machine keeps working.',
];

export const noRoom = (address: string): [string, string] => [
  `There is no space left for ${quoted(address)}.`,
  'Make room: "docker system df" says what takes it, "docker image prune" removes what no name points to.',
];

export const pullRefused = (address: string, why: string): [string, string] => [
  `The container engine could not fetch ${quoted(address)}: ${quoted(why)}`,
  'Try again; if it stays so, ask whoever runs the registry.',
];

export const nothingToPull = (): [string, string] => [
  'No image of your deployment is on this machine, and there is no study in this folder to say which are wanted.',
  'Name one (sallyport pull python:v2), go to your study, or fetch all of them with --force.',
];

export const notHere = (name: string): [string, string] => [
  `${quoted(name)} is not on this machine, so there is nothing to bring up to date.`,
  `Fetch it with "sallyport pull ${quoted(name)}".`,
];

export const strangersFolder = (uid: number): string =>
  `note: you are root, so this runs as user ${uid}, who may read your study but not write to it; -u says otherwise.`;

export const badUser = (text: string): [string, string] => [
  `"${quoted(text)}" is no user.`,
  'Write a number or a name of the image, with a group if need be: -u 1000, -u 1000:1000, -u root.',
];

export const badVolume = (text: string, why: string): [string, string] => [
  `-v ${quoted(text)}: ${why}.`,
  'Write a folder or file of this machine and its place in the container: -v ./data:/data, or -v /srv/maps:/maps:ro.',
];

export const badVariable = (text: string): [string, string] => [
  `-e ${quoted(text)}: that is no environment variable, or one that is not set here.`,
  'Write -e NAME=value, or -e NAME to hand on the one you have.',
];

export const noLicence = (image: string): [string, string] => [
  `${quoted(image)} wants a Stata licence, and none was given.`,
  'Name its file with --stata-licence, keep it as ~/.config/sallyport/stata.lic, or put its text into STATA_LICENSE.',
];

export const badLicence = (file: string, why: string): [string, string] => [
  `The Stata licence ${quoted(file)} cannot be used: ${why}.`,
  'It is the text file stata.lic that came with your licence.',
];

export const programOutOfMemory = (): string =>
  'The container ran out of memory; give it more with -m, like -m 8G.';

export const relayForeign = (): string =>
  'This is not asked from a page of its own. Open the address that "sallyport launch" printed.';
export const relayNoKey = (): string =>
  'This session has a key. Open the address that "sallyport launch" printed; start it again to have it printed.';
export const relayAway = (): string => 'The program in the container does not answer.';

export const noTool = (text: string): [string, string] => [
  `"${quoted(text)}" is nothing that can be launched.`,
  'Write rstudio or jupyter, or one of them with a version: rstudio:v2.',
];
export const badSessionName = (text: string): [string, string] => [
  `"${quoted(text)}" is no name for a container.`,
  'Write letters, digits, "_", "." and "-", beginning with a letter or digit.',
];
export const nameTaken = (name: string): [string, string] => [
  `There is a container ${quoted(name)} that is not this study's session.`,
  'Choose another --name, or remove that container.',
];
export const portTaken = (port: number): [string, string] => [
  `Port ${port} of this machine is taken, or you may not use it.`,
  'Choose another one, or leave out --port.',
];
export const beingStarted = (name: string, pid: number): [string, string] => [
  `The session ${quoted(name)} is being started by process ${pid}.`,
  'Wait a moment and try again.',
];
export const endedEarly = (title: string, log: string): [string, string] => [
  `${title} ended before it could be reached.${log === '' ? '' : ` The end of its log:\n${log}\n`}`,
  'The image has to fulfil what docs/researchers.md says of launch.',
];
export const neverReady = (title: string, seconds: number): [string, string] => [
  `${title} opened no port within ${seconds} seconds.`,
  'Try again; if it stays so, the image does not do what docs/researchers.md says of launch.',
];
export const noShell = (title: string): [string, string] => [
  `${title} cannot be reached: its image has no bash.`,
  'The image has to fulfil what docs/researchers.md says of launch.',
];
export const noSession = (what: string): [string, string] => [
  `No session ${quoted(what)} is running${what === '' ? '' : ' here'}.`,
  'See "sallyport launch list".',
];
