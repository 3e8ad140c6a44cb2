// A command: its name, what it takes, what it says of itself, what it does. The table of all of
// them (commands() in main.cpp) is what arguments are read by and help is written from.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "answer.h"
#include "base/config.h"
#include "base/ids.h"
#include "base/result.h"
#include "db/connection.h"

namespace boxoffice::ctl {

enum class Kind { text, number, instant, flag };

struct Parameter {
  std::string name;         // "--capacity", or "QUEUE" for what goes by its place
  std::string placeholder;  // of an option's value
  std::string help;
  Kind kind = Kind::text;
  bool required = false;
  std::int64_t min = 1, max = INT64_MAX;  // of a number; of a text: characters
  [[nodiscard]] bool option() const { return name.starts_with("--"); }
};

// Wrong use: exit code 2 and a pointer to the help.
class Misuse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Arguments {
 public:
  void set(const std::string& name, Cell value) { values_[name] = std::move(value); }
  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& name) const {
    return get<std::int64_t>(name);
  }
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
    return get<std::string>(name);
  }
  [[nodiscard]] std::optional<Instant> instant(const std::string& name) const {
    return get<Instant>(name);
  }
  // REQUIRES: a required number.
  template <class T>
  [[nodiscard]] T id(const std::string& name) const {
    return T{number(name).value()};
  }

 private:
  template <class T>
  [[nodiscard]] std::optional<T> get(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return {};
    return std::get<T>(found->second);
  }
  std::map<std::string, Cell> values_;
};

struct Context {
  Config config;
  Arguments arguments;
  // A connection for short statements, as a request has it.
  db::Connection& connection();
  // One for statements that take long.
  db::Connection& patient_connection();

 private:
  std::unique_ptr<db::Connection> connection_;
};

struct Command {
  std::string name;  // one word or two
  std::string summary;
  std::vector<Parameter> parameters;
  std::string example;  // what follows `boxofficectl`
  Result<Answer> (*run)(Context&);
};
using Commands = std::vector<Command>;

Commands schema_commands();
Commands concert_commands();
Commands session_commands();
Commands queue_commands();
Commands user_commands();
Commands audit_commands();
Commands rehearsal_commands();
Commands reference_commands();

// Reads what stands after the command's name. Throws Misuse.
Arguments read_arguments(const Command& command, const std::vector<std::string>& words);

std::string help_of_all(const Commands& commands);
std::string help_of_group(const Commands& commands, const std::string& group);
std::string help_of(const Command& command);
std::string usage_of(const Command& command);

}  // namespace boxoffice::ctl
