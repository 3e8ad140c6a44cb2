// bench_ceiling --rows FILE --sql FILE --threads N --seconds S [--skip N]: the same statements as a
// service, over the same socket, from threads that do nothing else. A statement a line; every row of
// the table is used once. Access comes from DB_SOCKET and the like.
#include <mysql.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "bench/script.h"
#include "bench/stats.h"

namespace boxoffice::bench {
namespace {

struct Close {
  void operator()(MYSQL* m) const { mysql_close(m); }
  void operator()(MYSQL_STMT* s) const { mysql_stmt_close(s); }
};

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

std::string password() {
  std::string out = read_file(setting("DB_PASSWORD_FILE"));
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

// A line of the file; without values it is sent as text, as START TRANSACTION and COMMIT are.
struct Statement {
  std::string sql;
  std::vector<std::size_t> values;
};

std::vector<Statement> read_statements(const std::string& path, const Names& names) {
  std::vector<Statement> out;
  std::string text = read_file(path);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    Statement made;
    const Template parsed(line, names);
    for (const auto& part : parsed.parts()) {
      made.sql += part.text;
      if (!part.value) continue;
      made.sql += "?";
      made.values.push_back(*part.value);
    }
    out.push_back(std::move(made));
  }
  return out;
}

class Session {
 public:
  explicit Session(const std::vector<Statement>& statements) : statements_(statements) {
    mysql_.reset(mysql_init(nullptr));
    mysql_options(mysql_.get(), MYSQL_INIT_COMMAND, "SET SESSION tx_isolation = 'READ-COMMITTED'");
    mysql_options(mysql_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql_.get(), nullptr, setting("DB_USER").c_str(), password().c_str(),
                           setting("DB_NAME").c_str(), 0, setting("DB_SOCKET").c_str(), 0) == nullptr) {
      throw std::runtime_error(mysql_error(mysql_.get()));
    }
    for (const auto& statement : statements_) {
      std::unique_ptr<MYSQL_STMT, Close> made;
      if (!statement.values.empty()) {
        made.reset(mysql_stmt_init(mysql_.get()));
        if (mysql_stmt_prepare(made.get(), statement.sql.data(), statement.sql.size()) != 0) {
          throw std::runtime_error(mysql_stmt_error(made.get()) + (" in " + statement.sql));
        }
      }
      prepared_.push_back(std::move(made));
    }
  }

  // Empty where all went well.
  std::string run(const Values& row) {
    for (std::size_t i = 0; i < statements_.size(); ++i) {
      auto error = prepared_[i] ? execute(i, row) : command(statements_[i].sql);
      if (error.empty()) continue;
      mysql_rollback(mysql_.get());
      return error;
    }
    return {};
  }

 private:
  std::string command(const std::string& sql) {
    if (mysql_real_query(mysql_.get(), sql.data(), sql.size()) != 0) return mysql_error(mysql_.get());
    return {};
  }

  std::string execute(std::size_t i, const Values& row) {
    MYSQL_STMT* const s = prepared_[i].get();
    const auto& values = statements_[i].values;
    std::vector<MYSQL_BIND> binds(values.size());
    std::vector<unsigned long> lengths(values.size());
    for (std::size_t v = 0; v < values.size(); ++v) {
      lengths[v] = row[values[v]].size();
      std::memset(&binds[v], 0, sizeof binds[v]);
      binds[v].buffer_type = MYSQL_TYPE_STRING;
      binds[v].buffer = const_cast<char*>(row[values[v]].data());
      binds[v].buffer_length = lengths[v];
      binds[v].length = &lengths[v];
    }
    if (mysql_stmt_bind_param(s, binds.data()) != 0 || mysql_stmt_execute(s) != 0) return mysql_stmt_error(s);
    // A procedure answers several results; all of them are read, as a service would.
    bool rows = false;
    do {
      if (mysql_stmt_field_count(s) > 0) {
        if (mysql_stmt_store_result(s) != 0) return mysql_stmt_error(s);
        rows = rows || mysql_stmt_num_rows(s) > 0;
        mysql_stmt_free_result(s);
      } else {
        rows = rows || mysql_stmt_affected_rows(s) > 0;
      }
    } while (mysql_stmt_next_result(s) == 0);
    return rows ? "" : "did nothing: " + statements_[i].sql;
  }

  const std::vector<Statement>& statements_;
  std::unique_ptr<MYSQL, Close> mysql_;
  std::vector<std::unique_ptr<MYSQL_STMT, Close>> prepared_;
};

int run(std::map<std::string, std::string> options) {
  const Rows table = read_rows(options.at("--rows"));
  Names names;
  for (const auto& name : table.names) names.add(name);
  const auto statements = read_statements(options.at("--sql"), names);
  const auto threads = std::stoul(options.at("--threads"));
  const auto seconds = std::stod(options.at("--seconds"));
  std::atomic<std::size_t> next = std::stoul(options["--skip"].empty() ? "0" : options["--skip"]);
  const auto first = next.load();
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::size_t i = 0; i < threads; ++i) sessions.push_back(std::make_unique<Session>(statements));
  std::mutex mutex;
  Latencies all;
  std::int64_t errors = 0;
  std::string sample;
  bool exhausted = false;
  const auto begun = now_ns();
  const auto until = begun + static_cast<std::int64_t>(seconds * 1e9);
  {
    std::vector<std::jthread> workers;
    for (auto& session : sessions) {
      workers.emplace_back([&] {
        mysql_thread_init();
        Latencies own;
        std::int64_t wrong = 0;
        std::string text;
        bool over = false;
        for (auto at = now_ns(); at < until;) {
          const auto row = next.fetch_add(1);
          over = row >= table.rows.size();
          if (over) break;
          const auto error = session->run(table.rows[row]);
          const auto end = now_ns();
          own.add(end - at);
          at = end;
          if (error.empty()) continue;
          ++wrong;
          text = error;
        }
        mysql_thread_end();
        const std::lock_guard<std::mutex> lock(mutex);
        all.add(own);
        errors += wrong;
        exhausted = exhausted || over;
        if (!text.empty()) sample = text;
      });
    }
  }
  const auto took = static_cast<double>(now_ns() - begun) / 1e9;
  if (!sample.empty()) std::cerr << "error: " << sample << "\n";
  std::cout << "{\"rate\":" << static_cast<double>(all.count()) / took << ",\"errors\":" << errors
            << ",\"used\":" << std::min(next.load(), table.rows.size()) - first
            << ",\"exhausted\":" << (exhausted ? "true" : "false") << "," << all.json() << "}\n";
  return 0;
}

}  // namespace
}  // namespace boxoffice::bench

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    mysql_library_init(0, nullptr, nullptr);
    return boxoffice::bench::run(std::move(options));
  } catch (const std::exception& problem) {
    std::cerr << "bench_ceiling: " << problem.what() << "\n";
    return 1;
  }
}
