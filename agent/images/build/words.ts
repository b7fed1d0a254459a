/** What making, keeping and comparing images says to a person. */
import { refusal, type Refusal } from '../../../src/lib/refusal.ts';
import { printable } from '../../../src/pipeline/pipeline.ts';

const quoted = (text: string, most = 160): string => {
  const shown = printable(text);
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
};

export const recipeFault = (file: string, line: number, why: string): Refusal =>
  refusal(
    'images.recipe',
    `${quoted(file)}, line ${line}: ${quoted(why)}.`,
    'docs/images.md says which instructions make an image that is the same everywhere.',
  );

export const lockFault = (file: string, line: number, why: string): Refusal =>
  refusal(
    'images.lock',
    `${quoted(file)}, line ${line}: ${quoted(why)}.`,
    'Take it back from version control, or write it anew with --relock.',
  );

export const noRecipe = (what: string, known: readonly string[]): Refusal =>
  refusal(
    'images.no-recipe',
    `There is no recipe ${quoted(what)}.`,
    `Name one of ${known.join(', ')}, or a folder that holds a Dockerfile and a packages.lock.`,
  );

export const noProgram = (program: string): Refusal =>
  refusal(
    'images.no-program',
    `Images are made with ${program}, which is not on this machine.`,
    'On Debian or Ubuntu: "sudo apt install mmdebstrap debian-archive-keyring gzip".',
  );

export const noKeyring = (file: string): Refusal =>
  refusal(
    'images.no-keyring',
    `The keys of Debian's archive are not in ${quoted(file)}.`,
    'Install debian-archive-keyring, or name the file with --keyring.',
  );

export const otherArchitecture = (wanted: string, here: string): Refusal =>
  refusal(
    'images.architecture',
    `The lock is for ${quoted(wanted)}, and this machine is ${quoted(here)}.`,
    'Build on a machine of that kind, or copy the recipe and write a lock for this one with --relock.',
  );

export const rootsDiffer = (file: string, name: string, wanted: string, found: string | undefined): Refusal =>
  refusal(
    'images.lock-differs',
    `The Dockerfile wants ${quoted(name)} ${quoted(wanted)}, and ${quoted(file)} has ${found === undefined ? 'none' : quoted(found)}.`,
    'Write the lock anew with --relock, and commit both.',
  );

export const packagesGone = (names: readonly string[], mirror: string): Refusal =>
  refusal(
    'images.package-gone',
    `${quoted(mirror)} no longer has ${quoted(names.slice(0, 5).join(', '))}${names.length > 5 ? ` and ${names.length - 5} more` : ''}.`,
    "Take the packages of that day with --snapshot, or today's with --relock.",
  );

export const packageForged = (name: string): Refusal =>
  refusal(
    'images.package-forged',
    `The file of ${quoted(name)} is not the one in the lock: its SHA-256 is another.`,
    'Nothing was made. Ask whoever runs the mirror; --cache names the folder in which files are kept.',
  );

export const aptFailed = (doing: string, why: string): Refusal =>
  refusal(
    'images.apt',
    `${doing} failed: ${quoted(why, 400)}`,
    'See whether the mirror can be reached; --mirror names another.',
  );

export const bootstrapFailed = (why: string): Refusal =>
  refusal(
    'images.bootstrap',
    `mmdebstrap failed: ${quoted(why, 400)}`,
    'As root it needs nothing; as another user it needs user namespaces and newuidmap.',
  );

export const copyMissing = (from: string): Refusal =>
  refusal(
    'images.copy-missing',
    `${quoted(from)}, which the recipe copies, is not there.`,
    'In a checkout, build the program first (npm run build); else name the folder with --context.',
  );

export const unpacked = (found: string): Refusal =>
  refusal(
    'images.other-packages',
    `The file system does not hold what the lock says: ${quoted(found)}.`,
    'Write the lock anew with --relock.',
  );

export const notAnImage = (where: string, why: string): Refusal =>
  refusal(
    'images.not-an-image',
    `${quoted(where)} holds no image: ${quoted(why)}.`,
    'Name a folder that "sallyport images build" made, or an address like registry.example/images/python:v1.',
  );

export const registrySaid = (where: string, doing: string, what: string): Refusal =>
  refusal(
    'images.registry',
    `${quoted(where)} did not let ${doing}: ${quoted(what)}.`,
    'Sign in with "docker login" or "podman login", and see that the namespace is there.',
  );

export const registrySilent = (where: string, why: string): Refusal =>
  refusal(
    'images.registry-away',
    `${quoted(where)} cannot be reached: ${quoted(why)}.`,
    'See whether the address is right; beyond this machine a registry is spoken to by https alone.',
  );

export const badPlace = (text: string): Refusal =>
  refusal(
    'images.bad-place',
    `"${quoted(text)}" is no namespace of a registry.`,
    'Write it like registry.example.org/our-images.',
  );

export const notInEngine = (name: string): Refusal =>
  refusal(
    'images.not-in-engine',
    `The container engine has no ${quoted(name)}.`,
    'Build it with --load, or pull it.',
  );

export const lockMissing = (folder: string): Refusal =>
  refusal(
    'images.no-lock',
    `There is no packages.lock in ${quoted(folder)}.`,
    'Write it with "sallyport images build --relock", and commit it.',
  );

export const noRebuild = (): Refusal =>
  refusal('images.no-recipe-named', 'To make it again, its recipe is needed.', 'Name it: --recipe python.');

export const noGovernance = (folder: string): Refusal =>
  refusal(
    'images.no-governance',
    `${quoted(folder)} holds no valid governance repository.`,
    'Name a checkout of it; its check governance/valid says what is wrong.',
  );
