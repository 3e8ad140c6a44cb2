// The database as C++: one connection a process, prepared statements, rows as values.
//
// The only includer of mysql.h is connection.cpp. What the machine does to us is thrown as a
// Fault, classed by what can be done about it. There is no pool: a worker serves one request at
// a time, so the pool is the set of workers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/config.h"
#include "base/ids.h"
#include "base/instant.h"
#include "base/limits.h"
#include "db/fault.h"

namespace boxoffice::db {

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Instant>;

inline Value to_value(std::int64_t v) { return v; }
inline Value to_value(int v) { return std::int64_t{v}; }
inline Value to_value(bool v) { return std::int64_t{v ? 1 : 0}; }
inline Value to_value(double v) { return v; }
inline Value to_value(Won v) { return v.value; }
inline Value to_value(Instant v) { return v; }
inline Value to_value(std::string_view v) { return std::string(v); }
inline Value to_value(const std::string& v) { return v; }
inline Value to_value(const char* v) { return std::string(v); }
template <class Tag>
Value to_value(Id<Tag> v) {
  return v.value;
}
template <class T>
Value to_value(const std::optional<T>& v) {
  return v ? to_value(*v) : Value{};
}

// A row of an answer; asking for the wrong type is a bug and throws std::bad_variant_access.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] bool null(std::size_t i) const { return values_[i].index() == 0; }
  [[nodiscard]] std::int64_t integer(std::size_t i) const { return std::get<std::int64_t>(values_[i]); }
  [[nodiscard]] bool flag(std::size_t i) const { return !null(i) && integer(i) != 0; }
  [[nodiscard]] double real(std::size_t i) const { return std::get<double>(values_[i]); }
  [[nodiscard]] const std::string& text(std::size_t i) const { return std::get<std::string>(values_[i]); }
  [[nodiscard]] Instant instant(std::size_t i) const { return std::get<Instant>(values_[i]); }
  [[nodiscard]] Won won(std::size_t i) const { return Won{integer(i)}; }
  template <class T>
  [[nodiscard]] T id(std::size_t i) const {
    return T{integer(i)};
  }
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::size_t i) const {
    return null(i) ? std::nullopt : std::optional(integer(i));
  }
  [[nodiscard]] std::optional<std::string> maybe_text(std::size_t i) const {
    return null(i) ? std::nullopt : std::optional(text(i));
  }
  [[nodiscard]] std::optional<Instant> maybe_instant(std::size_t i) const {
    return null(i) ? std::nullopt : std::optional(instant(i));
  }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};
using Rows = std::vector<Row>;

struct Access {
  std::string socket, database, user, password;
  // How long a statement's answer may take; the default is what a request can wait for. Migrations
  // and audits take longer and say so.
  unsigned answer_seconds = limits::kDatabaseReadSeconds;
};
// The settings' DB_* as an Access; throws std::runtime_error where the password file is unreadable.
Access access_from(const Config& config);

class Connection {
 public:
  explicit Connection(Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a prepared statement (prepared once a connection) and returns its rows.
  template <class... P>
  Rows query(std::string_view sql, const P&... parameters) {
    return run(sql, {to_value(parameters)...}).rows;
  }
  // The same for a single row; nothing where there is none.
  template <class... P>
  std::optional<Row> row(std::string_view sql, const P&... parameters) {
    auto rows = query(sql, parameters...);
    if (rows.empty()) return {};
    return std::move(rows.front());
  }
  // Runs a statement and returns how many rows it changed (not: matched).
  template <class... P>
  std::int64_t change(std::string_view sql, const P&... parameters) {
    return run(sql, {to_value(parameters)...}).changed;
  }
  Rows query_list(std::string_view sql, std::vector<Value> parameters) {
    return run(sql, std::move(parameters)).rows;
  }
  std::int64_t change_list(std::string_view sql, std::vector<Value> parameters) {
    return run(sql, std::move(parameters)).changed;
  }
  // Calls a procedure; its result sets, in their order.
  template <class... P>
  std::vector<Rows> call(std::string_view sql, const P&... parameters) {
    return run(sql, {to_value(parameters)...}).sets;
  }
  // As a plain text, not prepared: for transactions' brackets and for DDL.
  void command(std::string_view sql);

  void open();   // connects if it is not connected; throws Fault::gone
  void close();  // drops the connection; the server rolls back what was open
  [[nodiscard]] bool connected() const;
  // The next statement opens a transaction: one round trip less for what never comes to one, and
  // for a procedure that opens it itself, which asks take_begin() whether it has to.
  void begin();
  bool take_begin();
  void commit();  // throws Fault::unknown when the answer is lost
  // The next statement may commit, too: then it is that one's lost answer which leaves it unknown.
  void commit_with_next();
  // Ends the server's side of the connection that was lost, so that nothing of it can still commit.
  void kill_lost();

  struct Outcome {
    Rows rows;               // of the first result set
    std::vector<Rows> sets;  // all of them, where there are several
    std::int64_t changed = 0;
  };

 private:
  Outcome run(std::string_view sql, std::vector<Value> parameters);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace boxoffice::db
