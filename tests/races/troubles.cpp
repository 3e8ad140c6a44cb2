#include "races/troubles.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <pwd.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"

namespace boxoffice::races {
namespace {

constexpr std::int64_t kHangMicros =
    (limits::kWorkerSeconds + limits::kWorkerSpareSeconds) * 1'000'000;
constexpr std::int64_t kStallMicros = 6'000'000;        // longer than anybody waits for the database
constexpr std::int64_t kTakenMicros = 3'000'000;
constexpr std::int64_t kFullMicros = 4'000'000;
constexpr unsigned long kSmallDiskBytes = 4UL << 30;    // a larger one is not ours to fill

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> part{};
  while (const auto got = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), got);
  pclose(pipe);
  return out;
}

std::vector<pid_t> with_children(const std::vector<pid_t>& parents) {
  std::vector<pid_t> out = parents;
  for (const auto parent : parents) {
    const auto id = std::to_string(parent);
    std::ifstream in("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; in >> child;) out.push_back(child);
  }
  return out;
}

std::int64_t up_to(std::mt19937_64& random, std::int64_t most) {
  return most / 4 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most * 3 / 4));
}

std::string some_function(std::mt19937_64& random) {
  std::vector<std::string> functions;
  for (const auto& [service, pid] : processes()) {
    if (service.find('.') != std::string::npos) functions.push_back(service);
  }
  return functions.empty() ? std::string{} : functions[random() % functions.size()];
}

// At least one of them, at random.
std::int64_t stop_some(std::vector<pid_t> candidates, std::mt19937_64& random, Verdict& verdict) {
  const auto since = monotonic_micros();
  verdict.expect(!candidates.empty(), "there is nothing to stop");
  if (candidates.empty()) return since;
  std::shuffle(candidates.begin(), candidates.end(), random);
  candidates.resize(1 + random() % candidates.size());
  for (const auto pid : candidates) ::kill(pid, SIGSTOP);
  const auto end = since + kBackMicros;
  for (const auto pid : candidates) {
    while (::kill(pid, 0) == 0 && monotonic_micros() < end) pause_micros(5'000);
    const bool replaced = ::kill(pid, 0) != 0;
    verdict.expect(replaced, "process " + std::to_string(pid) + " was not replaced 10 s after its stop");
    if (!replaced) ::kill(pid, SIGCONT);
  }
  return since;
}

// Whoever installed the database is its administrator.
db::Access administrator(const Config& config) {
  auto access = db::access_from(config);
  access.password.clear();
  access.user = getpwuid(geteuid())->pw_name;
  return access;
}

bool opens(db::Connection& connection) {
  try {
    connection.open();
    return true;
  } catch (const db::Fault&) {
    return false;
  }
}

// The place that is kept for an administrator is, for a moment, also anybody's who is about to be
// turned away: so they may have to knock more than once.
bool opens_in_time(db::Connection& connection) {
  const auto end = monotonic_micros() + kBackMicros;
  while (!opens(connection)) {
    if (monotonic_micros() >= end) return false;
    pause_micros(5'000);
  }
  return true;
}

using Sessions = std::vector<std::unique_ptr<db::Connection>>;

void take_what_is_left(const db::Access& access, Sessions& taken) {
  constexpr std::size_t kMost = 5'000;
  while (taken.size() < kMost) {
    auto one = std::make_unique<db::Connection>(access);
    if (!opens(*one)) return;
    taken.push_back(std::move(one));
  }
}

std::int64_t id_of(db::Connection& connection) {
  return connection.row("SELECT CONNECTION_ID()")->integer(0);
}

// Whoever is told that it has gone may hear of it before the supervisor does.
bool has_ended(const std::vector<pid_t>& database) {
  const auto end = monotonic_micros() + 1'000'000;
  while (processes_of("mariadb") == database) {
    if (monotonic_micros() >= end) return false;
    pause_micros(20'000);
  }
  return true;
}

// What changes nothing needs no room; unless that database has ended for want of it, and waits for some.
void expect_reads(const std::vector<pid_t>& database, Verdict& verdict) {
  Client client;
  for (const char* path : {"/healthz", "/api/v1/concerts"}) {
    const auto reply = client.send({"GET", path, {}, {}, {}, {}});
    verdict.expect(reply.status == 200 || has_ended(database),
                   std::string(path) + " answered " + std::to_string(reply.status) + " " + reply.body +
                       " while the disk is full");
  }
}

// A file that takes what is left of the disk, to the last block.
class Ballast {
 public:
  explicit Ballast(const std::string& path) : path_(path) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  ~Ballast() {
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;
  void grow() const {
    static const std::vector<char> block(1 << 20, 'x');
    for (std::size_t size = block.size(); size >= 512;) {
      if (::write(fd_, block.data(), size) <= 0) size /= 2;
    }
  }

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace

std::string state_folder() {
  const char* folder = std::getenv("BOXOFFICE_STATE");
  if (folder == nullptr) throw std::runtime_error("BOXOFFICE_STATE is not set: run under with_stack");
  return folder;
}

std::vector<std::pair<std::string, pid_t>> processes() {
  std::vector<std::pair<std::string, pid_t>> out;
  const auto folder = state_folder();
  std::istringstream lines(
      output_of(folder + "/bin/boxoffice-supervisor " + folder + "/run/control status"));
  for (std::string line; std::getline(lines, line);) {
    const auto pid = line.find(" pid=");
    if (pid == std::string::npos) continue;
    out.emplace_back(line.substr(0, line.find(' ')), std::atoi(line.c_str() + pid + 5));
  }
  return out;
}

std::vector<pid_t> processes_of(const std::string& service) {
  std::vector<pid_t> out;
  for (const auto& [name, pid] : processes()) {
    if (name == service && pid > 1) out.push_back(pid);
  }
  return out;
}

std::int64_t stop_workers(std::mt19937_64& random, Verdict& verdict) {
  return stop_some(processes_of(some_function(random)), random, verdict);
}

std::int64_t hang_worker(std::mt19937_64& random, Verdict& verdict) {
  const auto function = some_function(random);  // as the supervisor says: STACK.NAME
  const auto before = processes_of(function);
  const auto path = state_folder() + "/run/1/" + function.substr(function.find('.') + 1) + ".sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool begun = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::send(fd, "\1\1\0", 3, MSG_NOSIGNAL) == 3;  // of a record's head
  const auto allowed = monotonic_micros() + kHangMicros;
  const auto end = allowed + kBackMicros;
  while (begun && processes_of(function) == before && monotonic_micros() < end) pause_micros(50'000);
  const bool replaced = begun && processes_of(function) != before;
  verdict.expect(replaced, "no hung worker of " + function + " was replaced");
  ::close(fd);
  return allowed;
}

std::int64_t stop_nginx(std::mt19937_64& random, Verdict& verdict) {
  return stop_some(with_children(processes_of("nginx")), random, verdict);
}

std::int64_t cut_power(std::mt19937_64&, Verdict& verdict) {
  const auto path = state_folder() + "/run/power";
  const auto before = processes_of("mariadb");
  const auto end = monotonic_micros() + kBackMicros;
  // Somebody reads there as soon as the process begins.
  int fd = -1;
  while ((fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && monotonic_micros() < end) {
    pause_micros(1'000);
  }
  const auto since = monotonic_micros();
  verdict.expect(fd >= 0, "there is no power to cut at " + path);
  if (fd < 0) return since;
  ::close(fd);  // or the next one would lose it, too
  const auto replaced = [&] {
    const auto now = processes_of("mariadb");
    return !now.empty() && now != before;
  };
  while (!replaced() && monotonic_micros() < since + kBackMicros) pause_micros(5'000);
  verdict.expect(replaced(), "the database was not replaced 10 s after it lost power");
  return since;
}

std::int64_t stall_database(std::mt19937_64& random, Verdict& verdict) {
  const auto database = processes_of("mariadb");
  verdict.expect(!database.empty(), "there is no database");
  if (database.empty()) return monotonic_micros();
  ::kill(database.front(), SIGSTOP);
  pause_micros(up_to(random, kStallMicros));
  Client client;
  const auto health = client.send({"GET", "/healthz", {}, {}, {}, {}});
  verdict.expect(health.status == 200, "what needs no database answered " + std::to_string(health.status));
  ::kill(database.front(), SIGCONT);
  return monotonic_micros();
}

// Whoever has a connection loses it, and somebody else is quicker to take the free place.
std::int64_t take_all_connections(std::mt19937_64& random, Verdict& verdict) {
  const auto config = read_config().config;
  const auto access = db::access_from(config);
  Sessions taken;
  take_what_is_left(access, taken);
  const auto boss = administrator(config);
  db::Connection operator_session(boss);
  verdict.expect(opens_in_time(operator_session), "the operator does not get in");
  const auto end = monotonic_micros() + up_to(random, kTakenMicros);
  while (operator_session.connected() && monotonic_micros() < end) {
    std::vector<std::int64_t> own{id_of(operator_session)};
    for (const auto& session : taken) own.push_back(id_of(*session));
    for (const auto& row : operator_session.query("SELECT id FROM information_schema.processlist "
                                                  "WHERE user NOT IN (?, 'system user')", boss.user)) {
      const auto id = row.integer(0);
      if (std::find(own.begin(), own.end(), id) != own.end()) continue;
      try {
        operator_session.command("KILL CONNECTION " + std::to_string(id));
      } catch (const db::Fault&) {
        continue;  // it has gone by itself
      }
    }
    take_what_is_left(access, taken);
    pause_micros(50'000);
  }
  return monotonic_micros();
}

std::int64_t fill_disk(std::mt19937_64& random, Verdict& verdict) {
  const auto folder = state_folder();
  struct statvfs disk {};
  const bool small = ::statvfs(folder.c_str(), &disk) == 0 && disk.f_blocks * disk.f_frsize < kSmallDiskBytes;
  verdict.expect(small, folder + " is on a disk too large to be filled: run under tests/support/small_disk");
  if (!small) return monotonic_micros();
  const Ballast ballast(folder + "/ballast");
  const auto before = processes_of("mariadb");
  ballast.grow();
  // Whoever is started now must do with what there is.
  const auto all = processes();
  const auto& [service, pid] = all[random() % all.size()];
  if (service != "mariadb" && pid > 1) ::kill(pid, SIGKILL);
  if (service != "nginx") expect_reads(before, verdict);
  // The database comes back when there is room, and not before.
  const auto database = processes_of("mariadb");
  if (random() % 4 == 0 && !database.empty()) ::kill(database.front(), SIGKILL);
  const auto end = monotonic_micros() + up_to(random, kFullMicros);
  // What others free meanwhile is taken, too.
  while (monotonic_micros() < end) {
    ballast.grow();
    pause_micros(20'000);
  }
  return monotonic_micros();
}

}  // namespace boxoffice::races
