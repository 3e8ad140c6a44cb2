// Preloaded into mariadbd (LD_PRELOAD): a database that finds no room on the disk for its files ends at
// once, as if its power had been cut, and the supervisor starts it again as soon as there is room.
//
// What InnoDB does by itself is to fail the statement and go on. It was seen to be left with an index that
// names rows which are not there (error 1034, 10.11.19; the disk filled up twenty times under 64 clients),
// and that stays. The redo log has been allocated as a whole, so that every commit is recovered from it.
#include <cerrno>
#include <csignal>
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

template <class Answer>
Answer unless_full(Answer answer) {
  // Nothing that could be said would find room, either; the supervisor says what it waits for.
  if (answer < 0 && (errno == ENOSPC || errno == EDQUOT)) kill(getpid(), SIGKILL);
  return answer;
}

}  // namespace

extern "C" {

int fallocate64(int fd, int mode, off64_t at, off64_t length) {
  return unless_full(real<int(int, int, off64_t, off64_t)>("fallocate64")(fd, mode, at, length));
}
int fallocate(int fd, int mode, off_t at, off_t length) { return fallocate64(fd, mode, at, length); }

ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t at) {
  return unless_full(real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(fd, bytes, length, at));
}

}  // extern "C"
