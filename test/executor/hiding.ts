/** Programs that hide what they write, by system calls that Node has no words for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const CALLS = (
  {
    x64: { mmap: 9, exit: 60, unshare: 272 },
    arm64: { mmap: 222, exit: 93, unshare: 97 },
  } as const
)[process.arch === 'arm64' ? 'arm64' : 'x64'];

/** In Perl; `written`: a megabyte in a file, which is open, and deleted. `map`: a mapping of what is open, each on its own. */
const WORDS = `
  use strict; use warnings; $| = 1;
  sub written { my $name = shift; open(my $file, '+>', $name) or die $!; unlink $name or die $!;
    syswrite $file, 'x' x 1048576; return $file }
  sub map_of { my ($file, $bytes, $how, $shared) = @_;
    syscall(${CALLS.mmap}, 0, 0 + $bytes, 0 + $how, 0 + $shared, fileno($file), 0) }
  sub leave { syscall(${CALLS.exit}, 0) }
  sub alone { for (;;) { open(my $stat, '<', "/proc/$$/stat") or die $!; last if <$stat> =~ /\\) Z /;
    select(undef, undef, undef, 0.005) } }
  sub part { syscall(${CALLS.unshare}, 0x400) == 0 or die $! }
  sub ready { print "ready\\n" }
  sub rest { ready(); sleep 60 }
`;

/** Runs until `whileItRuns` is done; that is called when the program says that it is ready. */
export async function whileHiding<T>(
  program: string,
  where: { cwd: string; uid?: number },
  whileItRuns: (pid: number) => Promise<T>,
): Promise<T> {
  // A group of its own, as a job is: what else the tests run is none of it.
  const child = spawn('perl', ['-e', WORDS + program], {
    ...where,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('there is no Perl to hide with');
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    if (!String(said).startsWith('ready')) throw new Error(`the program says: ${String(said)}`);
    return await whileItRuns(pid);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
}
