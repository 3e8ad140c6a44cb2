// A disk that loses power, for one program: preloaded (LD_PRELOAD) into mariadbd, this remembers what
// was in each file before it was written, until the file is synced. When the power is cut, all that was
// written and not synced is as if it had never been, and the process is gone.
//
// POWER_CUT names a FIFO; whoever opens it for writing cuts the power. Syncs reach no disk here: what
// has been synced cannot be lost any more. Names of files are not lost, and no write is torn.
//
// Only what mariadbd uses with innodb_use_native_aio=0 is replaced.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

// What is replaced. Looking it up costs little beside writing.
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
using Pwrite = ssize_t(int, const void*, size_t, off64_t);
using Write = ssize_t(int, const void*, size_t);
using Truncate = int(int, off64_t);
using Allocate = int(int, int, off64_t, off64_t);

struct Before {
  off64_t at;
  std::vector<char> bytes;
};

// A file that has been written to since it was synced.
struct Dirty {
  int fd;        // of our own, because the program may close its
  off64_t size;  // when it was synced
  std::vector<Before> writes;
};

class Disk {
 public:
  static Disk& the_one() {
    static auto& disk = *new Disk;  // threads of the program's write to their last moment
    return disk;
  }

  // REQUIRES: held() for as long as what is about to happen takes.
  void remember(int fd, off64_t at, size_t length) {
    struct stat now {};
    if (fd <= STDERR_FILENO || fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return;
    auto* file = dirty(fd, now);
    if (file == nullptr || at >= now.st_size) return;
    std::vector<char> bytes(std::min(length, static_cast<size_t>(now.st_size - at)));
    if (pread64(file->fd, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) abort();
    file->writes.push_back({at, std::move(bytes)});
  }

  void synced(int fd) {
    struct stat now {};
    if (fstat(fd, &now) != 0) return;
    const auto found = files_.find({now.st_dev, now.st_ino});
    if (found == files_.end()) return;
    close(found->second.fd);
    files_.erase(found);
  }

  std::unique_lock<std::mutex> held() { return std::unique_lock(mutex_); }

  [[noreturn]] void lose_power() {
    const auto for_ever = held();
    for (auto& [inode, file] : files_) {
      for (auto write = file.writes.rbegin(); write != file.writes.rend(); ++write) {
        real<Pwrite>("pwrite64")(file.fd, write->bytes.data(), write->bytes.size(), write->at);
      }
      real<Truncate>("ftruncate64")(file.fd, file.size);
    }
    for (;;) kill(getpid(), SIGKILL);
  }

 private:
  Disk() {
    const char* fifo = std::getenv("POWER_CUT");
    if (fifo == nullptr) return;
    // The program's signals are not for this thread.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this, path = std::string(fifo)] {
      if (open64(path.c_str(), O_RDONLY | O_CLOEXEC) >= 0) lose_power();
    }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  Dirty* dirty(int fd, const struct stat& now) {
    const std::pair inode{now.st_dev, now.st_ino};
    if (const auto found = files_.find(inode); found != files_.end()) return &found->second;
    const auto path = "/proc/self/fd/" + std::to_string(fd);
    const int own = open64(path.c_str(), O_RDWR | O_CLOEXEC);  // not past the cache, as the program's may go
    if (own < 0) return nullptr;
    return &files_.emplace(inode, Dirty{own, now.st_size, {}}).first->second;
  }

  std::mutex mutex_;
  std::map<std::pair<dev_t, ino_t>, Dirty> files_;
};

// Before main, so that the power can be cut from the first moment on.
[[maybe_unused]] const Disk& begin = Disk::the_one();

int sync_file(int fd) {
  auto& disk = Disk::the_one();
  const auto held = disk.held();
  disk.synced(fd);
  return 0;
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, size_t length, off64_t at) {
  auto& disk = Disk::the_one();
  const auto held = disk.held();
  disk.remember(fd, at, length);
  return real<Pwrite>("pwrite64")(fd, bytes, length, at);
}

ssize_t write(int fd, const void* bytes, size_t length) {
  // Nothing else is a file, and may keep its writer waiting.
  if (lseek64(fd, 0, SEEK_CUR) < 0) return real<Write>("write")(fd, bytes, length);
  auto& disk = Disk::the_one();
  const auto held = disk.held();
  disk.remember(fd, lseek64(fd, 0, SEEK_CUR), length);
  return real<Write>("write")(fd, bytes, length);
}

int ftruncate64(int fd, off64_t size) {
  auto& disk = Disk::the_one();
  const auto held = disk.held();
  struct stat now {};
  if (fstat(fd, &now) == 0 && size < now.st_size) {
    disk.remember(fd, size, static_cast<size_t>(now.st_size - size));
  }
  return real<Truncate>("ftruncate64")(fd, size);
}

int fallocate64(int fd, int mode, off64_t at, off64_t length) {
  auto& disk = Disk::the_one();
  const auto held = disk.held();
  disk.remember(fd, at, static_cast<size_t>(length));  // it may be a hole that is punched
  return real<Allocate>("fallocate64")(fd, mode, at, length);
}

int fsync(int fd) { return sync_file(fd); }
int fdatasync(int fd) { return sync_file(fd); }

}  // extern "C"
