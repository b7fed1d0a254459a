/**
 * Which system calls a job may make: computing, files, its own processes, its own sockets. Nothing else.
 *
 * Beside what engines refuse by themselves (mounting, modules, namespaces, the clock, raw input and output), a job here
 * has no tracing of other processes, no reading of their memory, no asynchronous rings (`io_uring`), no key rings, no
 * handles of files by number, no programs of the kernel's, no 32-bit calls, and sockets of four families only: a kernel's
 * rarely walked paths are where sandboxes are broken out of. The form is the engine's own (JSON of a seccomp profile).
 */

const FILES = `
  access chdir chmod close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate fchdir fchmod
  fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync
  ftruncate futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lchown
  lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat newfstatat open openat openat2
  pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr rename renameat
  renameat2 rmdir sendfile setxattr splice stat statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask
  unlink unlinkat utime utimensat utimes vmsplice write writev chown mknod mknodat ioctl
  io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit`;

const MEMORY = `
  brk madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock munlockall munmap
  pkey_alloc pkey_free pkey_mprotect remap_file_pages shmat shmctl shmdt shmget`;

const PROCESSES = `
  alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_waitv get_robust_list get_thread_area getcpu
  getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit getrusage
  getsid gettid getuid ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease
  getrandom restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
  rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
  sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
  set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid
  setresgid setresuid setreuid setrlimit setsid setuid sigaltstack tgkill tkill vfork wait4 waitid
  landlock_add_rule landlock_create_ruleset landlock_restrict_self`;

const TIME = `
  clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time timer_create timer_delete timer_getoverrun
  timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times sysinfo uname`;

/** Between processes of the job, and on its own loopback: workers of R and Python talk that way. */
const TALKING = `
  accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
  getpeername getsockname getsockopt listen mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget
  msgrcv msgsnd pipe pipe2 poll ppoll pselect6 recvfrom recvmmsg recvmsg select semctl semget semop semtimedop sendmmsg sendmsg
  sendto setsockopt shutdown signalfd signalfd4 socketpair`;

const words = (...lists: string[]): string[] => lists.flatMap((list) => list.trim().split(/\s+/));

const ALLOW = 'SCMP_ACT_ALLOW';
const REFUSE = 'SCMP_ACT_ERRNO';
const EPERM = 1;
const ENOSYS = 38;
/** New namespaces: mount, cgroup, UTS, IPC, user, PID, network, time of the flags of `clone`. */
const NEW_NAMESPACES = 0x7e02_0000;
/** AF_UNIX, AF_INET, AF_INET6. */
const FAMILIES = [1, 2, 10];
/** How programs ask for the addresses of `lo`. */
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
/** Asking for the present one, and the usual one of Linux: none that turns protections off. */
const PERSONALITIES = [0xffff_ffff, 0];

const is = (index: number, value: number) => ({ index, value, op: 'SCMP_CMP_EQ' });

/** The text that the engine takes as a profile. */
export const SECCOMP = JSON.stringify({
  defaultAction: REFUSE,
  defaultErrnoRet: EPERM,
  // Without the 32-bit calls of the same processors, which would go past what is said of arguments below.
  archMap: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'].map((architecture) => ({
    architecture,
    subArchitectures: [],
  })),
  syscalls: [
    { names: words(FILES, MEMORY, PROCESSES, TIME, TALKING), action: ALLOW },
    {
      names: ['clone'],
      action: ALLOW,
      args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    // Its flags stand in memory, where no filter sees them: programs take `clone` when there is none.
    { names: ['clone3', 'io_uring_setup'], action: REFUSE, errnoRet: ENOSYS },
    ...FAMILIES.map((family) => ({ names: ['socket'], action: ALLOW, args: [is(0, family)] })),
    { names: ['socket'], action: ALLOW, args: [is(0, AF_NETLINK), is(2, NETLINK_ROUTE)] },
    ...PERSONALITIES.map((kind) => ({ names: ['personality'], action: ALLOW, args: [is(0, kind)] })),
  ],
});
