#include "faults/injector.h"

#include <cstring>
#include <map>
#include <mutex>
#include <mysql.h>
#include <set>
#include <sys/socket.h>

extern "C" {
int __real_mysql_real_query(MYSQL*, const char*, unsigned long);
int __real_mysql_stmt_prepare(MYSQL_STMT*, const char*, unsigned long);
int __real_mysql_stmt_execute(MYSQL_STMT*);
int __real_mysql_stmt_fetch(MYSQL_STMT*);
int __real_mysql_stmt_next_result(MYSQL_STMT*);
MYSQL* __real_mysql_real_connect(MYSQL*, const char*, const char*, const char*, const char*,
                                 unsigned, const char*, unsigned long);
}

namespace boxoffice::faults {
namespace {

struct Armed {
  Kind kind = Kind::none;
  int nth = 0, calls = 0, fired = 0;
  std::string where;
  bool commit_lost = false, committed = false;
};
thread_local Armed armed;
thread_local std::int64_t frozen = 0;         // what the thread's sessions are to show
thread_local std::map<MYSQL*, std::int64_t> shown;  // what each of them shows

std::mutex mutex;
std::vector<Mutation> mutations;
std::set<std::string> mutated_finds;
std::map<MYSQL_STMT*, std::string> texts;  // what each statement was prepared from

// The fault for this call, or none.
Kind next() {
  ++armed.calls;
  return armed.kind != Kind::none && armed.calls == armed.nth ? armed.kind : Kind::none;
}

struct Error {
  unsigned number;
  const char* state;
  const char* text;
};
Error error_of(Kind kind) {
  switch (kind) {
    case Kind::read_conflict: return {1020, "HY000", "Record has changed since last read"};
    case Kind::lock_wait_open:
    case Kind::lock_wait_rolled: return {1205, "HY000", "Lock wait timeout exceeded"};
    case Kind::deadlock: return {1213, "40001", "Deadlock found when trying to get lock"};
    case Kind::gone: return {2006, "HY000", "Server has gone away"};
    case Kind::unavailable: return {1047, "08S01", "WSREP has not yet prepared node"};
    case Kind::none:
    case Kind::lost_before:
    case Kind::lost_after: break;
  }
  return {2013, "HY000", "Lost connection to server during query"};
}

bool ends_connection(Kind kind) {
  return kind == Kind::gone || kind == Kind::lost_before || kind == Kind::lost_after;
}

void cut(MYSQL* mysql) { shutdown(mysql_get_socket(mysql), SHUT_RDWR); }

// Whether it may commit by itself, as it does for a request without a key.
bool closes(const std::string& text) {
  const auto is_call_of = [&](const char* name) { return text.starts_with(std::string("CALL ") + name); };
  return is_call_of("charge_account(") || is_call_of("hold_take(") || is_call_of("pay_settle(");
}

void note(const char* call, const std::string& text) {
  ++armed.fired;
  armed.where = std::string(call) + ": " + text;
  const std::string_view where = call;
  const bool executed = where == "fetch" || where == "next result";
  armed.commit_lost = text == "COMMIT" ? armed.kind == Kind::lost_after
                                       : closes(text) && (executed || armed.kind == Kind::lost_after);
}

void show(MYSQL* mysql, Kind kind) {
  const Error error = error_of(kind);
  mysql->net.last_errno = error.number;
  std::strncpy(mysql->net.last_error, error.text, sizeof mysql->net.last_error - 1);
  std::memcpy(mysql->net.sqlstate, error.state, 6);
}
// The connection is named, too: a dead one may have let go of its statements already.
void show(MYSQL_STMT* statement, MYSQL* mysql, Kind kind) {
  const Error error = error_of(kind);
  statement->last_errno = error.number;
  std::strncpy(statement->last_error, error.text, sizeof statement->last_error - 1);
  std::memcpy(statement->sqlstate, error.state, 6);  // five characters and the end
  show(mysql, kind);
}

// What the server has done by itself when it answers with this error.
void roll_back_where_the_server_does(MYSQL* mysql, Kind kind) {
  if (kind == Kind::read_conflict || kind == Kind::deadlock || kind == Kind::lock_wait_rolled) {
    __real_mysql_real_query(mysql, "ROLLBACK", 8);
  }
}

// Lets a call fail as `kind` says. `run` is the real call; its result is meaningless afterwards.
template <class Run>
void fail(MYSQL* mysql, Kind kind, Run run) {
  if (kind == Kind::lost_after) {
    run();
    cut(mysql);
  } else if (ends_connection(kind)) {
    cut(mysql);
    run();  // so that the library itself finds the connection dead
  } else {
    roll_back_where_the_server_does(mysql, kind);
  }
}

std::string rewritten(std::string text) {
  const std::lock_guard<std::mutex> lock(mutex);
  for (const auto& m : mutations) {
    for (auto at = text.find(m.find); at != std::string::npos;
         at = text.find(m.find, at + m.put.size())) {
      text.replace(at, m.find.size(), m.put);
      mutated_finds.insert(m.find);
    }
  }
  return text;
}

void remember(MYSQL_STMT* statement, const std::string& text) {
  const std::lock_guard<std::mutex> lock(mutex);
  texts[statement] = text;
}
std::string text_of(MYSQL_STMT* statement) {
  const std::lock_guard<std::mutex> lock(mutex);
  return texts[statement];
}

void show_clock(MYSQL* mysql) {
  if (shown[mysql] == frozen) return;
  char text[64];
  const int size = frozen == 0 ? std::snprintf(text, sizeof text, "SET timestamp = DEFAULT")
                               : std::snprintf(text, sizeof text, "SET timestamp = %lld.%06lld",
                                               static_cast<long long>(frozen / 1'000'000),
                                               static_cast<long long>(frozen % 1'000'000));
  __real_mysql_real_query(mysql, text, static_cast<unsigned long>(size));
  shown[mysql] = frozen;
}

// Reads away whatever the server has still to say to the statement, its further result sets too.
void drain(MYSQL_STMT* statement) {
  mysql_stmt_free_result(statement);
  while (mysql_stmt_more_results(statement) != 0 && __real_mysql_stmt_next_result(statement) == 0) {
    mysql_stmt_free_result(statement);
  }
}

}  // namespace

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::none: return "none";
    case Kind::read_conflict: return "1020";
    case Kind::lock_wait_open: return "1205 (transaction open)";
    case Kind::lock_wait_rolled: return "1205 (rolled back)";
    case Kind::deadlock: return "1213";
    case Kind::gone: return "2006";
    case Kind::lost_before: return "2013 before";
    case Kind::lost_after: return "2013 after";
    case Kind::unavailable: return "1047";
  }
  return "?";
}

void arm(Kind kind, int nth) {
  armed = Armed{};
  armed.kind = kind;
  armed.nth = nth;
}
void disarm() { armed.kind = Kind::none; }
int fired() { return armed.fired; }
std::string fired_where() { return armed.where; }
bool commit_lost() { return armed.commit_lost; }
bool committed() { return armed.committed; }

void mutate(std::vector<Mutation> wanted) {
  const std::lock_guard<std::mutex> lock(mutex);
  mutations = std::move(wanted);
  mutated_finds.clear();
}
std::size_t mutated() {
  const std::lock_guard<std::mutex> lock(mutex);
  return mutated_finds.size();
}

void freeze_clock(std::int64_t micros) { frozen = micros; }

}  // namespace boxoffice::faults

using namespace boxoffice::faults;

extern "C" {

int __wrap_mysql_real_query(MYSQL* mysql, const char* sql, unsigned long size) {
  show_clock(mysql);
  const std::string text = rewritten(std::string(sql, size));
  sql = text.data();
  size = text.size();
  const Kind kind = next();
  if (kind == Kind::none) {
    const int failed = __real_mysql_real_query(mysql, sql, size);
    armed.committed = armed.committed || (failed == 0 && text == "COMMIT");
    return failed;
  }
  note("query", text);
  fail(mysql, kind, [&] { __real_mysql_real_query(mysql, sql, size); });
  show(mysql, kind);
  return 1;
}

int __wrap_mysql_stmt_prepare(MYSQL_STMT* statement, const char* sql, unsigned long size) {
  show_clock(statement->mysql);
  const std::string text = rewritten(std::string(sql, size));
  remember(statement, text);
  MYSQL* mysql = statement->mysql;
  const Kind kind = next();
  if (kind == Kind::none) return __real_mysql_stmt_prepare(statement, text.data(), text.size());
  note("prepare", text);
  fail(mysql, kind, [&] { __real_mysql_stmt_prepare(statement, text.data(), text.size()); });
  show(statement, mysql, kind);
  return 1;
}

int __wrap_mysql_stmt_execute(MYSQL_STMT* statement) {
  MYSQL* mysql = statement->mysql;
  if (mysql != nullptr) show_clock(mysql);
  const Kind kind = next();
  if (kind == Kind::none) return __real_mysql_stmt_execute(statement);
  note("execute", text_of(statement));
  fail(mysql, kind, [&] { __real_mysql_stmt_execute(statement); });
  show(statement, mysql, kind);
  return 1;
}

int __wrap_mysql_stmt_fetch(MYSQL_STMT* statement) {
  MYSQL* mysql = statement->mysql;
  const Kind kind = next();
  if (kind == Kind::none) return __real_mysql_stmt_fetch(statement);
  note("fetch", text_of(statement));
  // The server ends an answer with its error: nothing is left to be read after it.
  if (!ends_connection(kind)) drain(statement);
  fail(mysql, kind, [&] { __real_mysql_stmt_fetch(statement); });
  show(statement, mysql, kind);
  return 1;
}

int __wrap_mysql_stmt_next_result(MYSQL_STMT* statement) {
  // Without another result set there is nothing to be waited for.
  if (mysql_stmt_more_results(statement) == 0) return __real_mysql_stmt_next_result(statement);
  MYSQL* mysql = statement->mysql;
  const Kind kind = next();
  if (kind == Kind::none) return __real_mysql_stmt_next_result(statement);
  note("next result", text_of(statement));
  if (!ends_connection(kind)) drain(statement);
  fail(mysql, kind, [&] { __real_mysql_stmt_next_result(statement); });
  show(statement, mysql, kind);
  return 1;
}

MYSQL* __wrap_mysql_real_connect(MYSQL* mysql, const char* host, const char* user,
                                 const char* password, const char* database, unsigned port,
                                 const char* socket, unsigned long flags) {
  const Kind kind = next();
  shown[mysql] = 0;
  if (kind == Kind::none) {
    return __real_mysql_real_connect(mysql, host, user, password, database, port, socket, flags);
  }
  // Nobody is connected yet, so that every kind means the same: there is no connection.
  note("connect", "");
  show(mysql, kind);
  return nullptr;
}

}  // extern "C"
