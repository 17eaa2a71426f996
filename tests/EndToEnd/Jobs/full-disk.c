/* A disk that is full while the file $FLOW_FULL_DISK exists: every write to a regular file of the store fails with ENOSPC, as the kernel would
   answer. Loaded with LD_PRELOAD into one worker and its steps' processes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd)
{
    const char *flag = getenv("FLOW_FULL_DISK");
    struct stat file;
    if (!flag || access(flag, F_OK) != 0 || fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return 0;
    char met[4096]; /* tells the test that somebody has met it */
    snprintf(met, sizeof met, "%s.met", flag);
    close(creat(met, 0600));
    errno = ENOSPC;
    return 1;
}

#define REAL(function) static __typeof__(function) *real; if (!real) real = dlsym(RTLD_NEXT, #function)

ssize_t write(int fd, const void *bytes, size_t count)
{
    REAL(write);
    return full(fd) ? -1 : real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    REAL(pwrite);
    return full(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    REAL(pwrite64);
    return full(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    return full(fd) ? -1 : real(fd, parts, count);
}

int posix_fallocate64(int fd, off64_t at, off64_t length)
{
    REAL(posix_fallocate64);
    return full(fd) ? ENOSPC : real(fd, at, length);
}
