#include "db/connection.h"

#include <array>
#include <cstring>
#include <ctime>
#include <mysql.h>
#include <unordered_map>

#include "base/limits.h"

namespace boxoffice::db {
namespace {

constexpr std::string_view kBegin = "START TRANSACTION";
constexpr std::int64_t kSilenceMs = 1000;
constexpr std::size_t kTextBuffer = 256;  // longer texts are fetched a second time, whole

// One statement of text, so that a connection is never half set up.
const std::string& session_setup() {
  static const std::string sql =
      "SET SESSION time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', "
      "innodb_lock_wait_timeout = " + std::to_string(limits::kLockWaitSeconds) +
      ", max_statement_time = " + std::to_string(limits::kStatementSeconds) +
      ", sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION,"
      "ERROR_FOR_DIVISION_BY_ZERO'";
  return sql;
}

MYSQL_TIME to_time(Instant t) {
  const std::time_t seconds = t.seconds();
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  MYSQL_TIME out{};
  out.year = static_cast<unsigned>(tm.tm_year + 1900);
  out.month = static_cast<unsigned>(tm.tm_mon + 1);
  out.day = static_cast<unsigned>(tm.tm_mday);
  out.hour = static_cast<unsigned>(tm.tm_hour);
  out.minute = static_cast<unsigned>(tm.tm_min);
  out.second = static_cast<unsigned>(tm.tm_sec);
  out.second_part = static_cast<unsigned long>(t.micros % 1'000'000);
  out.time_type = MYSQL_TIMESTAMP_DATETIME;
  return out;
}

Instant from_time(const MYSQL_TIME& t) {
  std::tm tm{};
  tm.tm_year = static_cast<int>(t.year) - 1900;
  tm.tm_mon = static_cast<int>(t.month) - 1;
  tm.tm_mday = static_cast<int>(t.day);
  tm.tm_hour = static_cast<int>(t.hour);
  tm.tm_min = static_cast<int>(t.minute);
  tm.tm_sec = static_cast<int>(t.second);
  return {static_cast<std::int64_t>(timegm(&tm)) * 1'000'000 +
          static_cast<std::int64_t>(t.second_part)};
}

// Parameters as the C API wants them; lives as long as the execution.
class Bindings {
 public:
  explicit Bindings(const std::vector<Value>& values)
      : times_(values.size()), lengths_(values.size()), binds_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) bind(i, values[i]);
  }
  MYSQL_BIND* data() { return binds_.data(); }

 private:
  void bind(std::size_t i, const Value& value) {
    MYSQL_BIND& b = binds_[i];
    std::memset(&b, 0, sizeof b);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      b.buffer_type = MYSQL_TYPE_LONGLONG;
      b.buffer = const_cast<std::int64_t*>(number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      b.buffer_type = MYSQL_TYPE_DOUBLE;
      b.buffer = const_cast<double*>(real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      lengths_[i] = text->size();
      b.buffer_type = MYSQL_TYPE_STRING;
      b.buffer = const_cast<char*>(text->data());
      b.buffer_length = text->size();
      b.length = &lengths_[i];
    } else if (const auto* instant = std::get_if<Instant>(&value)) {
      times_[i] = to_time(*instant);
      b.buffer_type = MYSQL_TYPE_DATETIME;
      b.buffer = &times_[i];
    } else {
      b.buffer_type = MYSQL_TYPE_NULL;
    }
  }

  std::vector<MYSQL_TIME> times_;
  std::vector<unsigned long> lengths_;
  std::vector<MYSQL_BIND> binds_;
};

// One column of an answer: a buffer of the right type.
struct Column {
  enum_field_types type = MYSQL_TYPE_NULL;
  std::int64_t number = 0;
  double real = 0;
  MYSQL_TIME time{};
  std::array<char, kTextBuffer> text{};
  unsigned long length = 0;
  my_bool null = 0;
  my_bool truncated = 0;
};

enum_field_types buffer_type(enum_field_types field) {
  switch (field) {
    case MYSQL_TYPE_TINY: case MYSQL_TYPE_SHORT: case MYSQL_TYPE_INT24: case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG: case MYSQL_TYPE_YEAR:
      return MYSQL_TYPE_LONGLONG;
    case MYSQL_TYPE_FLOAT: case MYSQL_TYPE_DOUBLE: return MYSQL_TYPE_DOUBLE;
    case MYSQL_TYPE_DATETIME: case MYSQL_TYPE_TIMESTAMP: case MYSQL_TYPE_DATE:
      return MYSQL_TYPE_DATETIME;
    // SUM() and the like answer DECIMAL; all of ours are whole numbers within 64 bits.
    case MYSQL_TYPE_DECIMAL: case MYSQL_TYPE_NEWDECIMAL: return MYSQL_TYPE_LONGLONG;
    default: return MYSQL_TYPE_STRING;
  }
}

struct CloseStatement {
  void operator()(MYSQL_STMT* s) const { mysql_stmt_close(s); }
};
struct FreeResult {
  void operator()(MYSQL_RES* r) const { mysql_free_result(r); }
};

// A prepared statement with its answer's buffers, made once and used for each execution.
struct Prepared {
  std::unique_ptr<MYSQL_STMT, CloseStatement> handle;
  std::vector<Column> columns;
  std::vector<MYSQL_BIND> binds;
  bool several = false;  // it is a procedure's call, and each result set has columns of its own

  // INSERT … RETURNING shows its columns only once it has been executed, and a procedure's result
  // sets follow one another.
  bool answers_rows() {
    const auto count = mysql_stmt_field_count(handle.get());
    if (several || count != columns.size()) describe();
    return count > 0;
  }

  void describe() {
    columns.clear();
    const std::unique_ptr<MYSQL_RES, FreeResult> meta(mysql_stmt_result_metadata(handle.get()));
    if (!meta) return;
    const auto count = mysql_num_fields(meta.get());
    columns.resize(count);
    binds.assign(count, MYSQL_BIND{});
    for (unsigned i = 0; i < count; ++i) {
      Column& c = columns[i];
      MYSQL_BIND& b = binds[i];
      c.type = buffer_type(mysql_fetch_field_direct(meta.get(), i)->type);
      b.buffer_type = c.type;
      b.is_null = &c.null;
      b.error = &c.truncated;
      b.length = &c.length;
      if (c.type == MYSQL_TYPE_LONGLONG) b.buffer = &c.number;
      if (c.type == MYSQL_TYPE_DOUBLE) b.buffer = &c.real;
      if (c.type == MYSQL_TYPE_DATETIME) b.buffer = &c.time;
      if (c.type == MYSQL_TYPE_STRING) {
        b.buffer = c.text.data();
        b.buffer_length = c.text.size();
      }
    }
  }

  Value value(unsigned i) {
    const Column& c = columns[i];
    if (c.null != 0) return {};
    if (c.type == MYSQL_TYPE_LONGLONG) return c.number;
    if (c.type == MYSQL_TYPE_DOUBLE) return c.real;
    if (c.type == MYSQL_TYPE_DATETIME) return from_time(c.time);
    if (c.length <= c.text.size()) return std::string(c.text.data(), c.length);
    std::string whole(c.length, '\0');
    MYSQL_BIND b{};
    b.buffer_type = MYSQL_TYPE_STRING;
    b.buffer = whole.data();
    b.buffer_length = whole.size();
    unsigned long length = 0;
    b.length = &length;
    if (mysql_stmt_fetch_column(handle.get(), &b, i, 0) != 0) {
      throw Fault(FaultKind::bug, mysql_stmt_errno(handle.get()), "fetch of a long text failed");
    }
    return whole;
  }
};

}  // namespace

struct Connection::State {
  Access access;
  MYSQL* mysql = nullptr;
  bool begin_pending = false;
  Committing committing = Committing::no;  // of the statement under way
  std::int64_t asked_ms = 0;      // when the server was last asked something
  std::int64_t silent_until_ms = 0;  // it did not even greet: nobody waits for that again so soon
  unsigned long lost_thread = 0;  // server's id of the connection that was lost, if one was
  std::unordered_map<std::string, Prepared> statements;

  void drop() {
    statements.clear();
    if (mysql != nullptr) mysql_close(mysql);
    mysql = nullptr;
  }

  [[nodiscard]] bool waited(std::int64_t seconds) const {
    return monotonic_ms() - asked_ms >= seconds * 1000 - 1;
  }

  // Throws the fault for an error; a connection that is gone is dropped, so that the next use
  // opens another.
  [[noreturn]] void fail(unsigned number, std::string message) {
    FaultKind kind = kind_of(number);
    const bool unknown = may_have_committed(std::exchange(committing, Committing::no), kind, number);
    if (kind == FaultKind::gone) {
      // The library has one word for a server that hung up and for one that is silent.
      if (waited(access.answer_seconds)) kind = FaultKind::unable;
      if (mysql != nullptr) lost_thread = mysql_thread_id(mysql);
      drop();
    }
    if (unknown) kind = FaultKind::unknown;
    throw Fault(kind, number, std::to_string(number) + " " + std::move(message));
  }
  [[noreturn]] void fail_connection() { fail(mysql_errno(mysql), mysql_error(mysql)); }
  [[noreturn]] void fail_statement(MYSQL_STMT* s, std::string_view sql) {
    // What the server refuses while rows are read (a duplicate in INSERT … RETURNING) is noted on
    // the connection and not on the statement.
    if (mysql_stmt_errno(s) == 0 && mysql_errno(mysql) != 0) {
      fail(mysql_errno(mysql), std::string(mysql_error(mysql)) + " in: " + std::string(sql));
    }
    fail(mysql_stmt_errno(s), std::string(mysql_stmt_error(s)) + " in: " + std::string(sql));
  }

  Prepared& prepared(std::string_view sql) {
    std::string key(sql);
    if (const auto found = statements.find(key); found != statements.end()) return found->second;
    Prepared made;
    made.handle.reset(mysql_stmt_init(mysql));
    if (!made.handle) throw std::bad_alloc();
    if (mysql_stmt_prepare(made.handle.get(), sql.data(), sql.size()) != 0) {
      fail_statement(made.handle.get(), sql);
    }
    made.describe();
    return statements.emplace(std::move(key), std::move(made)).first->second;
  }

  // The rows of the result set at hand.
  Rows fetch(Prepared& statement, std::string_view sql) {
    MYSQL_STMT* handle = statement.handle.get();
    if (mysql_stmt_bind_result(handle, statement.binds.data()) != 0) {
      fail_statement(handle, sql);
    }
    Rows rows;
    int more = 0;
    while ((more = mysql_stmt_fetch(handle)) == 0 || more == MYSQL_DATA_TRUNCATED) {
      std::vector<Value> values;
      values.reserve(statement.columns.size());
      for (unsigned i = 0; i < statement.columns.size(); ++i) values.push_back(statement.value(i));
      rows.emplace_back(std::move(values));
    }
    if (more != MYSQL_NO_DATA) fail_statement(handle, sql);
    return rows;
  }

  Outcome execute(Prepared& statement, std::string_view sql) {
    MYSQL_STMT* handle = statement.handle.get();
    if (mysql_stmt_execute(handle) != 0) fail_statement(handle, sql);
    if (committing != Committing::no) committing = Committing::answered;
    Outcome out;
    if (!statement.answers_rows()) {
      out.changed = static_cast<std::int64_t>(mysql_stmt_affected_rows(handle));
      return out;
    }
    Rows rows = fetch(statement, sql);
    if (mysql_stmt_more_results(handle) == 0) {
      mysql_stmt_free_result(handle);
      out.rows = std::move(rows);
      return out;
    }
    // A procedure's answer: its result sets, and then its status, which has no columns.
    statement.several = true;
    int next = 0;
    do {
      if (statement.answers_rows()) {
        if (!out.sets.empty()) rows = fetch(statement, sql);
        out.sets.push_back(std::move(rows));
      }
      next = mysql_stmt_next_result(handle);
    } while (next == 0);
    if (next > 0) fail_statement(handle, sql);
    mysql_stmt_free_result(handle);
    return out;
  }
};

Connection::Connection(Access access) : state_(std::make_unique<State>()) {
  state_->access = std::move(access);
}
Connection::~Connection() { state_->drop(); }

bool Connection::connected() const { return state_->mysql != nullptr; }
void Connection::close() { state_->drop(); }

void Connection::open() {
  if (connected()) return;
  state_->asked_ms = monotonic_ms();
  if (state_->asked_ms < state_->silent_until_ms) {
    throw Fault(FaultKind::unable, 0, "the database did not answer a moment ago");
  }
  MYSQL* mysql = mysql_init(nullptr);
  if (mysql == nullptr) throw std::bad_alloc();
  state_->mysql = mysql;
  const unsigned connect = limits::kDatabaseConnectSeconds;
  const unsigned io = state_->access.answer_seconds;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(mysql, MYSQL_INIT_COMMAND, session_setup().c_str());
  const Access& a = state_->access;
  if (mysql_real_connect(mysql, nullptr, a.user.c_str(), a.password.c_str(),
                         a.database.empty() ? nullptr : a.database.c_str(), 0, a.socket.c_str(),
                         0) == nullptr) {
    const unsigned number = mysql_errno(mysql);
    const std::string message = mysql_error(mysql);
    state_->drop();
    // Whatever the reason, there is no database to be had: that is "away", not a bug of ours.
    const bool silent = state_->waited(limits::kDatabaseConnectSeconds);
    if (silent) state_->silent_until_ms = monotonic_ms() + kSilenceMs;
    throw Fault(silent ? FaultKind::unable : FaultKind::gone, number,
                std::to_string(number) + " " + message);
  }
}

void Connection::begin() { state_->begin_pending = true; }
bool Connection::take_begin() { return std::exchange(state_->begin_pending, false); }

void Connection::command(std::string_view sql) {
  open();
  if (take_begin()) command(kBegin);
  state_->asked_ms = monotonic_ms();
  if (mysql_real_query(state_->mysql, sql.data(), sql.size()) != 0) state_->fail_connection();
  // Administrators' commands (CHECK TABLE, …) may answer rows; nobody reads them.
  const std::unique_ptr<MYSQL_RES, FreeResult> unread(mysql_store_result(state_->mysql));
}

void Connection::commit() {
  if (take_begin()) return;  // nothing has been done
  state_->asked_ms = monotonic_ms();
  if (mysql_real_query(state_->mysql, "COMMIT", 6) == 0) return;
  const unsigned number = mysql_errno(state_->mysql);
  try {
    state_->fail_connection();
  } catch (const Fault& fault) {
    // Lost while the commit was under way: it may have happened, it may not.
    if (!connected()) {
      throw Fault(FaultKind::unknown, number, fault.what());
    }
    throw;
  }
}

void Connection::kill_lost() {
  const auto thread = std::exchange(state_->lost_thread, 0);
  if (thread == 0) return;
  try {
    command("KILL CONNECTION " + std::to_string(thread));
  } catch (const Fault& fault) {
    // 1094: it is dead already, which is what was wanted.
    if (fault.kind() != FaultKind::bug) throw;
  }
}

void Connection::commit_with_next() { state_->committing = Committing::under_way; }

Connection::Outcome Connection::run(std::string_view sql, std::vector<Value> parameters) {
  const auto committing = std::exchange(state_->committing, Committing::no);
  open();
  if (take_begin()) command(kBegin);
  state_->asked_ms = monotonic_ms();
  Prepared& statement = state_->prepared(sql);
  MYSQL_STMT* handle = statement.handle.get();
  if (mysql_stmt_param_count(handle) != parameters.size()) {
    throw Fault(FaultKind::bug, 0, "wrong number of parameters for: " + std::string(sql));
  }
  Bindings bindings(parameters);
  if (!parameters.empty() && mysql_stmt_bind_param(handle, bindings.data()) != 0) {
    state_->fail_statement(handle, sql);
  }
  state_->committing = committing;
  auto out = state_->execute(statement, sql);
  state_->committing = Committing::no;
  return out;
}

}  // namespace boxoffice::db
