/** What a process may do of root's work, as its `/proc/<pid>/status` says. */

/** CHOWN, DAC_OVERRIDE, FOWNER, FSETID: whose the folders of jobs are; SYS_PTRACE: what a job deleted and holds open. */
export const OF_AGENT = [0, 1, 3, 4, 19];
/** Ports below 1024. */
export const NET_BIND = [10];

/** The numbers of those in force. */
export function capabilitiesOf(status: string): number[] {
  const bits = BigInt(`0x${/^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1]}`);
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
}
