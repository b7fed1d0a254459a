/** Users that this machine has no name for: those of another host. */

export interface User {
  uid: number;
  gid: number;
}

/** Does the work as a process of this user would; as whoever runs the tests, when that is not root. */
export async function asUser<T>(user: User, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  const { getuid, getgid } = process;
  process.setegid!(user.gid);
  process.seteuid!(user.uid);
  // To be root again later it stays so in name; what runs meanwhile must not take itself for root.
  process.getuid = () => user.uid;
  process.getgid = () => user.gid;
  try {
    return await work();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
    Object.assign(process, { getuid, getgid });
  }
}
