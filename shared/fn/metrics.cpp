#include "fn/metrics.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace boxoffice::fn {
namespace {

// Files are named <function>.<slot>.
std::string file_name(const std::string& folder, std::string_view function) {
  const char* slot = std::getenv("WORKER_SLOT");
  return folder + "/" + std::string(function) + "." + (slot == nullptr ? "0" : slot);
}

void* map_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  // Another size means another version's layout: those counts start anew.
  struct stat found {};
  if (fstat(fd, &found) == 0 && found.st_size != 0 && found.st_size != sizeof(Counters)) {
    if (ftruncate(fd, 0) != 0) found = {};
  }
  void* memory = MAP_FAILED;
  // Space and not only size: a page that a full disk has no room for would be fatal when touched.
  if (posix_fallocate(fd, 0, sizeof(Counters)) == 0) {
    memory = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  close(fd);
  return memory == MAP_FAILED ? nullptr : memory;
}

void add(Counters& total, const Counters& part) {
  for (std::size_t i = 0; i < part.by_status.size(); ++i) total.by_status[i] += part.by_status[i];
  for (std::size_t i = 0; i < part.by_error.size(); ++i) total.by_error[i] += part.by_error[i];
  for (std::size_t i = 0; i < part.by_duration.size(); ++i) {
    total.by_duration[i] += part.by_duration[i];
  }
  total.micros += part.micros;
}

std::map<std::string, Counters> read_all(const std::string& folder) {
  std::map<std::string, Counters> out;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    Counters part{};
    std::ifstream file(entry.path(), std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(&part), sizeof part)) continue;
    add(out[entry.path().stem().string()], part);
  }
  return out;
}

// Left open, for more labels.
std::string label(const std::string& function) { return "{function=\"" + function + "\""; }

void write_counts(std::string& out, const std::string& function, const Counters& c) {
  for (std::size_t i = 0; i < c.by_status.size(); ++i) {
    if (c.by_status[i] == 0) continue;
    out += "boxoffice_requests_total" + label(function) + ",status=\"" + std::to_string(i) +
           "\"} " + std::to_string(c.by_status[i]) + "\n";
  }
}

void write_errors(std::string& out, const std::string& function, const Counters& c) {
  for (std::size_t i = 0; i < c.by_error.size(); ++i) {
    if (c.by_error[i] == 0) continue;
    out += "boxoffice_errors_total" + label(function) + ",code=\"" + std::string(kErrors[i].name) +
           "\"} " + std::to_string(c.by_error[i]) + "\n";
  }
}

std::string seconds(std::int64_t micros) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", static_cast<double>(micros) / 1e6);
  return text;
}

void write_durations(std::string& out, const std::string& function, const Counters& c) {
  const std::string name = "boxoffice_request_duration_seconds";
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < Counters::kBoundsMicros.size(); ++i) {
    up_to += c.by_duration[i];
    out += name + "_bucket" + label(function) + ",le=\"" + seconds(Counters::kBoundsMicros[i]) +
           "\"} " + std::to_string(up_to) + "\n";
  }
  up_to += c.by_duration.back();
  out += name + "_bucket" + label(function) + ",le=\"+Inf\"} " + std::to_string(up_to) + "\n";
  out += name + "_sum" + label(function) + "} " +
         seconds(static_cast<std::int64_t>(c.micros)) + "\n";
  out += name + "_count" + label(function) + "} " + std::to_string(up_to) + "\n";
}

}  // namespace

void Counters::count(int status, std::int64_t duration_micros) {
  if (status >= 0 && status < static_cast<int>(by_status.size())) {
    ++by_status[static_cast<std::size_t>(status)];
  }
  std::size_t bucket = 0;
  while (bucket < kBoundsMicros.size() && duration_micros > kBoundsMicros[bucket]) ++bucket;
  ++by_duration[bucket];
  micros += static_cast<std::uint64_t>(duration_micros);
}

Metrics::Metrics(const std::string& folder, std::string_view function) : scratch_{} {
  void* memory = folder.empty() ? nullptr : map_file(file_name(folder, function));
  mapped_ = memory != nullptr;
  counters_ = mapped_ ? static_cast<Counters*>(memory) : new (scratch_.data()) Counters{};
}

Metrics::~Metrics() {
  if (mapped_) munmap(counters_, sizeof(Counters));
}

std::string prometheus_text(const std::string& folder) {
  const auto all = read_all(folder);
  std::string out =
      "# HELP boxoffice_requests_total Requests answered, by function and status.\n"
      "# TYPE boxoffice_requests_total counter\n";
  for (const auto& [function, counters] : all) write_counts(out, function, counters);
  out += "# HELP boxoffice_errors_total Refusals and faults, by function and catalogue name.\n"
         "# TYPE boxoffice_errors_total counter\n";
  for (const auto& [function, counters] : all) write_errors(out, function, counters);
  out += "# HELP boxoffice_request_duration_seconds Time from the first byte read to the answer.\n"
         "# TYPE boxoffice_request_duration_seconds histogram\n";
  for (const auto& [function, counters] : all) write_durations(out, function, counters);
  return out;
}

}  // namespace boxoffice::fn
