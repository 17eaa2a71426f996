/* A disk that is full while the file $FLOW_FULL_DISK exists: every write to a regular file of the store fails with ENOSPC, as the kernel would
   answer. Loaded with LD_PRELOAD into one worker and its steps' processes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
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
    errno = ENOSPC;
    return 1;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *bytes, size_t count)
{
    REAL("write", ssize_t (*)(int, const void *, size_t));
    return full(fd) ? -1 : real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t));
    return full(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t));
    return full(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL("writev", ssize_t (*)(int, const struct iovec *, int));
    return full(fd) ? -1 : real(fd, parts, count);
}

int posix_fallocate64(int fd, off64_t at, off64_t length)
{
    REAL("posix_fallocate64", int (*)(int, off64_t, off64_t));
    return full(fd) ? ENOSPC : real(fd, at, length);
}
