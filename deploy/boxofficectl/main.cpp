// boxofficectl: the operator's program. It finds the command, reads its arguments, runs it, and
// shows the answer; what commands there are stands in the other files of this folder.

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <iostream>

#include "base/log.h"
#include "command.h"

namespace boxoffice::ctl {

db::Connection& Context::connection() {
  if (!connection_) connection_ = std::make_unique<db::Connection>(db::access_from(config));
  return *connection_;
}

db::Connection& Context::patient_connection() {
  constexpr unsigned kHourSeconds = 3600;
  auto access = db::access_from(config);
  access.answer_seconds = kHourSeconds;
  connection_ = std::make_unique<db::Connection>(std::move(access));
  return *connection_;
}

namespace {

enum Exit { kDone = 0, kRefused = 1, kMisuse = 2, kAway = 3 };

Commands commands() {
  Commands all;
  for (auto part : {schema_commands, concert_commands, session_commands, queue_commands,
                    user_commands, audit_commands, rehearsal_commands, reference_commands}) {
    for (auto& command : part()) all.push_back(std::move(command));
  }
  return all;
}

struct Complaint {
  int exit;
  std::string code, message, hint;
};

int complain(const Complaint& c, bool json) {
  if (json) {
    json::Object error;
    error.set("code", std::string_view(c.code)).set("message", std::string_view(c.message));
    if (!c.hint.empty()) error.set("hint", std::string_view(c.hint));
    json::Object body;
    body.set("error", std::move(error));
    std::cerr << body.dump() << "\n";
  } else {
    std::cerr << "boxofficectl: " << c.message << "\n";
    if (!c.hint.empty()) std::cerr << "hint: " << c.hint << "\n";
  }
  return c.exit;
}

int refused(const Error& error, bool json) {
  const auto& row = error_row(error.code);
  const auto message = error.detail_en.empty()
                           ? std::string(row.title_en) + ": " + std::string(row.advice_en)
                           : error.detail_en;
  return complain({kRefused, std::string(row.name), message, {}}, json);
}

int faulted(const db::Fault& fault, const Config& config, bool json) {
  if (fault.kind() == db::FaultKind::gone || fault.kind() == db::FaultKind::unable) {
    return complain({kAway, "UNAVAILABLE",
                     "the database is away (" + config.db_socket + ", " + config.db_name + "): " +
                         fault.what(),
                     "is it running? With a stack of deploy/up, use deploy/ctl"}, json);
  }
  const auto missing = fault.number() == 1146 || fault.number() == 1054;  // table, column
  return complain({kRefused, "INTERNAL", fault.what(),
                   missing ? "the schema is older than this program: deploy/up brings it up to date" : ""},
                  json);
}

// Takes the flag out wherever it stands; whether it was there.
bool take_flag(std::vector<std::string>& words, const std::string& flag) {
  const auto end = std::remove(words.begin(), words.end(), flag);
  const bool found = end != words.end();
  words.erase(end, words.end());
  return found;
}

// Arguments come from anywhere; what is not UTF-8 can be neither stored nor shown.
bool is_utf8(const std::string& text) {
  std::mbstate_t state{};
  const char* at = text.c_str();
  return std::mbsrtowcs(nullptr, &at, 0, &state) != static_cast<std::size_t>(-1);
}

// The command that the first words name, which are then taken away.
const Command* find(const Commands& all, std::vector<std::string>& words) {
  for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
    if (words.size() < count) continue;
    const auto name = count == 2 ? words[0] + " " + words[1] : words[0];
    for (const auto& command : all) {
      if (command.name != name) continue;
      words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
      return &command;
    }
  }
  return nullptr;
}

int run(const Command& command, const std::vector<std::string>& words, bool json) {
  Context context;
  auto [config, problem] = read_config();
  if (!problem.empty()) return complain({kMisuse, "USAGE", problem, "boxofficectl settings"}, json);
  context.config = std::move(config);
  if (!set_time_zone(context.config.time_zone)) {
    return complain({kMisuse, "USAGE", "TIME_ZONE=" + context.config.time_zone + ": no such zone",
                     "boxofficectl settings"}, json);
  }
  try {
    context.arguments = read_arguments(command, words);
    auto answer = command.run(context);
    if (!answer) return refused(answer.error(), json);
    const bool ok = answer->ok;
    std::cout << (json ? as_json(std::move(answer).value()) : as_text(answer.value()));
    return ok ? kDone : kRefused;
  } catch (const Misuse& misuse) {
    return complain({kMisuse, "USAGE", command.name + ": " + misuse.what(),
                     "boxofficectl " + command.name + " --help"}, json);
  } catch (const db::Fault& fault) {
    return faulted(fault, context.config, json);
  } catch (const std::exception& failure) {
    return complain({kRefused, "INTERNAL", failure.what(), {}}, json);
  }
}

int start(std::vector<std::string> words) {
  const auto all = commands();
  const bool json = take_flag(words, "--json");
  if (!std::all_of(words.begin(), words.end(), is_utf8)) {
    return complain({kMisuse, "USAGE", "arguments must be UTF-8 text", "boxofficectl --help"}, json);
  }
  const bool help = take_flag(words, "--help") || take_flag(words, "-h");
  if (words.empty() || words[0] == "help") {
    (help || !words.empty() ? std::cout : std::cerr) << help_of_all(all);
    return help || !words.empty() ? kDone : kMisuse;
  }
  const auto group = words[0];
  if (const auto* command = find(all, words)) {
    if (!help) return run(*command, words, json);
    std::cout << help_of(*command);
    return kDone;
  }
  const auto of_group = help_of_group(all, group);
  if (of_group.empty()) {
    return complain({kMisuse, "USAGE", "unknown command " + group, "boxofficectl --help"}, json);
  }
  if (help && words.size() == 1) {
    std::cout << of_group;
    return kDone;
  }
  const auto what = words.size() == 1 ? group + ": which command?"
                                      : "unknown command " + group + " " + words[1];
  return complain({kMisuse, "USAGE", what, "boxofficectl " + group + " --help"}, json);
}

}  // namespace
}  // namespace boxoffice::ctl

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::ios::sync_with_stdio(false);
  boxoffice::log::configure("boxofficectl", "warning");
  return boxoffice::ctl::start({argv + 1, argv + argc});
}
