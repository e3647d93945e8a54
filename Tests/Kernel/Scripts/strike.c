// Preloaded into a server: at the n-th of some calls that change files, counted over all threads,
// the process is killed or the call fails.
//
// STRIKE=CALL[,CALL…]:N:KILL      killed before its n-th such call; of a write half is done
// STRIKE=CALL[,CALL…]:N:ERRNO     the n-th such call and all that follow fail with that number
//
// Without ptrace, so that it works in any sandbox, and one number means one moment of the process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *calls;
static long strike_at;
static int code;
static atomic_long seen;

__attribute__((constructor)) static void read_order(void) {
    const char *order = getenv("STRIKE");
    if (!order) return;
    char *copy = strdup(order);
    calls = strtok(copy, ":");
    const char *number = strtok(NULL, ":"), *what = strtok(NULL, ":");
    if (!number || !what) abort();
    strike_at = atol(number);
    code = strcmp(what, "KILL") ? atoi(what) : 0;
}

// Whether this call is to be struck.
static int is_due(const char *call) {
    if (!calls) return 0;
    size_t length = strlen(call);
    const char *found = calls;
    while ((found = strstr(found, call))) {
        if ((found == calls || found[-1] == ',') && (!found[length] || found[length] == ',')) break;
        found += length;
    }
    if (!found) return 0;
    long number = atomic_fetch_add(&seen, 1) + 1;
    return code ? number >= strike_at : number == strike_at;
}

static int strike(void) {
    if (!code) kill(getpid(), SIGKILL), pause();
    errno = code;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define STRUCK(call) if (is_due(call)) return strike();

#define WRITE(name) \
    ssize_t name(int file, const void *bytes, size_t count, off_t offset) { \
        if (is_due("pwrite")) { \
            if (!code) REAL(name)(file, bytes, count / 2, offset); \
            return strike(); \
        } \
        return REAL(name)(file, bytes, count, offset); \
    }
WRITE(pwrite)
WRITE(pwrite64)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        STRUCK(flags & O_CREAT ? "create" : "open") \
        return REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int fdatasync(int file) { STRUCK("fdatasync") return REAL(fdatasync)(file); }
int fsync(int file) { STRUCK("fsync") return REAL(fsync)(file); }
int syncfs(int file) { STRUCK("syncfs") return REAL(syncfs)(file); }
int ftruncate(int file, off_t size) { STRUCK("ftruncate") return REAL(ftruncate)(file, size); }
int ftruncate64(int file, off_t size) { STRUCK("ftruncate") return REAL(ftruncate64)(file, size); }
int rename(const char *from, const char *to) { STRUCK("rename") return REAL(rename)(from, to); }
int link(const char *from, const char *to) { STRUCK("link") return REAL(link)(from, to); }
int mkdir(const char *path, mode_t mode) { STRUCK("mkdir") return REAL(mkdir)(path, mode); }
int unlink(const char *path) { STRUCK("unlink") return REAL(unlink)(path); }
