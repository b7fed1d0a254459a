/**
 * A program of 200 bytes that tells one filter of system calls from another: the kernel says that there is a filter, and never
 * which. It makes three calls that do nothing to anybody, and writes what each was answered.
 */

/**
 * Ours (seccomp.ts) answers EPERM, EPERM, ENOSYS. What Docker and Podman put on by themselves lets the first two through, and
 * answers the third with EPERM or not at all; without a filter it is EFAULT.
 */
export const ANSWERS_OF_OURS = [1, 1, 38];

const CODE = [
  '4883ec10', //                             sub  rsp, 16
  'b887000000 bf08000000 0f05', //           personality(8): addresses as of old
  'f7d8 880424', //                          [rsp] = -eax
  'b865000000 31ff 31f6 31d2 4531d2 0f05', // ptrace(PTRACE_TRACEME)
  'f7d8 88442401', //                        [rsp+1] = -eax
  'b8a9010000 31ff 31f6 0f05', //            io_uring_setup(0, NULL)
  'f7d8 88442402', //                        [rsp+2] = -eax
  'b801000000 bf01000000 4889e6 ba03000000 0f05', // write(1, rsp, 3)
  'b8e7000000 31ff 0f05', //                 exit_group(0)
];
const HEADER = 64;
const SEGMENT = 56;
const LOADED_AT = 0x40_0000n;

/** An ELF file of one segment, for the processors whose code stands here: undefined on others. */
export function callsProgram(architecture: string = process.arch): Uint8Array | undefined {
  if (architecture !== 'x64') return undefined;
  const code = Buffer.from(CODE.join('').replaceAll(' ', ''), 'hex');
  const head = Buffer.alloc(HEADER + SEGMENT);
  const begins = BigInt(head.length);
  const size = begins + BigInt(code.length);
  // 64 bits, little-endian; then: a program, for x86-64, of version 1.
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(62, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(LOADED_AT + begins, 24);
  head.writeBigUInt64LE(BigInt(HEADER), 32);
  head.writeUInt16LE(HEADER, 52);
  head.writeUInt16LE(SEGMENT, 54);
  head.writeUInt16LE(1, 56);
  // The segment: loaded, to be read and run.
  head.writeUInt32LE(1, HEADER);
  head.writeUInt32LE(5, HEADER + 4);
  head.writeBigUInt64LE(LOADED_AT, HEADER + 16);
  head.writeBigUInt64LE(LOADED_AT, HEADER + 24);
  head.writeBigUInt64LE(size, HEADER + 32);
  head.writeBigUInt64LE(size, HEADER + 40);
  head.writeBigUInt64LE(0x1000n, HEADER + 48);
  return Buffer.concat([head, code]);
}
