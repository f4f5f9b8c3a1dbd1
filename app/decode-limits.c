#include "app/decode-limits.h"

#include "core/vision/decode-protocol.h"
#include "core/vision/decode.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define MAX_MEMORY ((rlim_t) 1 << 30) /* bytes of address space */
#define MAX_SECONDS 10                /* of processor time */
#define MAX_FILES 32 /* the loaders are shared libraries, opened when needed */
#define MAX_ANSWER (sizeof (PhDecodeHeader) + (rlim_t) PH_PICTURE_MAX_PIXELS * 3)

static void
limit (int resource, rlim_t most)
{
  const struct rlimit both = { most, most };

  setrlimit ((__rlimit_resource_t) resource, &both);
}

void
limit_resources (void)
{
  prctl (PR_SET_DUMPABLE, 0);
  if (SANITIZED)
    return;
  limit (RLIMIT_CORE, 0);
  limit (RLIMIT_AS, MAX_MEMORY);
  limit (RLIMIT_CPU, MAX_SECONDS);
  limit (RLIMIT_FSIZE, MAX_ANSWER);
  limit (RLIMIT_NOFILE, MAX_FILES);
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

/* Decoding needs none of these. */
static const int forbidden[] = {
  SYS_socket,   SYS_connect, SYS_bind, SYS_sendto, SYS_sendmsg,  SYS_execve,
  SYS_execveat, SYS_ptrace,  SYS_kill, SYS_tkill,  SYS_unlinkat, SYS_renameat2,
};
#define N_FORBIDDEN (sizeof forbidden / sizeof *forbidden)

/* Kills what calls by another architecture's numbers, answers EPERM to what is forbidden,
 * allows the rest. */
static void
forbid_calls (void)
{
  struct sock_filter rules[5 + 2 * N_FORBIDDEN];
  struct sock_fprog program = { 0, rules };
  struct sock_filter *next = rules;

  *next++ = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                           offsetof (struct seccomp_data, arch));
  *next++ = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  *next++ = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  *next++ = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                           offsetof (struct seccomp_data, nr));
  for (size_t i = 0; i < N_FORBIDDEN; i++) {
    *next++ = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K,
                                             (unsigned) forbidden[i], 0, 1);
    *next++ = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1);
  }
  *next++ = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

  program.len = (unsigned short) (next - rules);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static void
forbid_calls (void)
{
}

#endif

/* Where the kernel has no filters the limits above still hold. */
void
close_the_door (void)
{
  if (SANITIZED)
    return;
  limit (RLIMIT_NOFILE, 0);
  forbid_calls ();
}
