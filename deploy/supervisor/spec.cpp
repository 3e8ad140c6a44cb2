#include "spec.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace supervisor {
namespace {

int number(const std::string& text, int min, int max) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < min || value > max) {
    throw std::runtime_error("must be a number from " + std::to_string(min) + " to " +
                             std::to_string(max));
  }
  return value;
}

int signal_number(const std::string& text) {
  if (text == "TERM") return SIGTERM;
  if (text == "QUIT") return SIGQUIT;
  if (text == "INT") return SIGINT;
  throw std::runtime_error("must be TERM, QUIT or INT");
}

bool is_kill(const std::string& text) {
  if (text == "kill") return true;
  if (text == "leave") return false;
  throw std::runtime_error("must be leave or kill");
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

void set(Spec& spec, const std::string& key, const std::string& value) {
  if (key == "exec") {
    spec.exec = words(value);
  } else if (key == "workers") {
    spec.workers = number(value, 1, 1000);
  } else if (key == "socket") {
    spec.socket = value;
  } else if (key == "backlog") {
    spec.backlog = number(value, 1, 65535);
  } else if (key == "order") {
    spec.order = number(value, 0, 1000);
  } else if (key == "stop_signal") {
    spec.stop_signal = signal_number(value);
  } else if (key == "stop_seconds") {
    spec.stop_limit = std::chrono::seconds(number(value, 1, 3600));
  } else if (key == "stopped") {
    spec.kill_stopped = is_kill(value);
  } else if (key == "room") {
    spec.room_megabytes = number(value, 0, 1000000);
  } else if (key == "first_slot") {
    spec.first_slot = number(value, 0, 1000000);
  } else if (key == "log") {
    spec.log = value;
  } else if (key == "env") {
    if (value.find('=') == std::string::npos) throw std::runtime_error("must be NAME=VALUE");
    spec.env.push_back(value);
  } else {
    throw std::runtime_error("no such key");
  }
}

}  // namespace

Spec read_spec(const std::string& name, const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  Spec spec;
  spec.name = name;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.find(' ');
    const auto key = line.substr(0, space);
    const auto value = space == std::string::npos ? std::string{} : line.substr(space + 1);
    try {
      set(spec, key, value);
    } catch (const std::runtime_error& problem) {
      throw std::runtime_error(path + ": " + key + ": " + problem.what());
    }
  }
  if (spec.exec.empty() || spec.exec.front().front() != '/') {
    throw std::runtime_error(path + ": exec: must be an absolute path");
  }
  return spec;
}

std::map<std::string, Spec> read_specs(const std::string& folder) {
  std::map<std::string, Spec> specs;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.front() == '.' || !entry.is_regular_file()) continue;
    specs.emplace(name, read_spec(name, entry.path().string()));
  }
  return specs;
}

}  // namespace supervisor
