// migrate and sample: what a database holds before anybody comes.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "account/admin_store.h"
#include "command.h"
#include "migration/service.h"
#include "queue/store.h"
#include "seating/admin.h"

namespace boxoffice::ctl {
namespace {

// ---- migrate

std::vector<migration::File> read_files(const std::string& folder) {
  std::error_code error;
  std::vector<migration::File> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(".sql")) continue;
    const auto version = migration::version_of(name);
    if (!version) throw Misuse(name + ": must be named like 001_what_it_does.sql");
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) throw Misuse(entry.path().string() + ": cannot be read");
    files.push_back({*version, name, migration::split(text)});
    if (files.back().statements.empty()) throw Misuse(name + ": has no statement");
  }
  if (error) throw Misuse("--dir " + folder + ": " + error.message());
  if (files.empty()) throw Misuse("--dir " + folder + ": has no .sql files");
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.version < b.version; });
  const auto twin = std::adjacent_find(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return a.version == b.version;
  });
  if (twin != files.end()) throw Misuse(twin->name + " and " + std::next(twin)->name + ": one number");
  return files;
}

Result<Answer> migrate(Context& context) {
  const auto files = read_files(*context.arguments.text("--dir"));
  TRY(const auto done, migration::migrate(context.patient_connection(), files));
  auto answer = rows("applied", {"file", "statements"});
  for (const auto& file : done.applied) answer.table.rows.push_back({file.name, file.statements});
  const auto version = std::to_string(done.version);
  answer.message = done.applied.empty() ? "schema is up to date: version " + version
                                        : "schema is now at version " + version;
  for (const auto& name : done.unknown_files) {
    answer.message += "\nnote: " + name + " was applied by a newer release";
  }
  if (done.applied.empty()) answer.text = answer.message + "\n";
  json::Object body;
  body.set("version", done.version).set("applied", json_rows(answer.table));
  if (answer.text.empty()) answer.text = answer.message + "\n" + text_table(answer.table, "  ");
  answer.object = std::move(body);
  return answer;
}

// ---- sample

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kUsers = 1'000;
constexpr QueueId kQueue{1};
constexpr Won kPrice{50'000};
constexpr Won kFrontPrice{70'000};

// 19:00 of the day that is so many days from now.
Instant evening(Instant now, std::int64_t days) {
  const auto date = local_date(now.plus_seconds(days * kDaySeconds));
  return parse_local_moment(date + "T19:00")->begin;
}

struct SampleSession {
  SessionId id;
  ConcertId concert;
  std::int64_t days, seats;
  std::int64_t front;  // seats above this number cost more
};

Result<Done> add_session(db::Tx& tx, Instant now, const SampleSession& s) {
  const auto starts_at = evening(now, s.days);
  CHECK(seating::create_session(tx, {s.id, s.concert, starts_at, starts_at.plus_seconds(-kDaySeconds)}));
  CHECK(seating::add_seats(tx, {s.id, 1, s.front, kPrice}));
  if (s.front < s.seats) CHECK(seating::add_seats(tx, {s.id, s.front + 1, s.seats, kFrontPrice}));
  return Done{};
}

Result<Done> add_everything(db::Tx& tx, Instant now) {
  constexpr std::int64_t kAheadDays = 7;
  const auto today = parse_local_moment(local_date(now))->begin;
  const auto later = evening(now, kAheadDays);
  CHECK(seating::create_concert(tx, {ConcertId{1}, "Winter Gala", "The Sample Band", "Small Hall",
                                     kQueue, today, evening(now, 32)}));
  CHECK(seating::create_concert(tx, {ConcertId{2}, "Stadium Night", "The Sample Orchestra",
                                     "Stadium", kQueue, today, evening(now, 40)}));
  CHECK(seating::create_concert(tx, {ConcertId{3}, "Spring Preview", "The Sample Singers",
                                     "Small Hall", kQueue, later, evening(now, 60)}));
  for (const auto& session : {SampleSession{SessionId{1}, ConcertId{1}, 30, 50, 40},
                              SampleSession{SessionId{2}, ConcertId{1}, 31, 50, 40},
                              SampleSession{SessionId{3}, ConcertId{1}, 32, 50, 40},
                              SampleSession{SessionId{4}, ConcertId{2}, 40, 5'000, 4'000},
                              SampleSession{SessionId{5}, ConcertId{3}, 60, 50, 40}}) {
    CHECK(add_session(tx, now, session));
  }
  account::insert_numbered(tx, 1, kUsers);
  return Done{};
}

Result<Answer> sample(Context& context) {
  TRY(const bool loaded, db::transact(context.patient_connection(), [](db::Tx& tx) -> Result<bool> {
    // Two at once: the second waits here, and then finds the first one's rows.
    queue::lock(tx, kQueue);
    auto& connection = tx.connection();
    if (seating::any_concert(connection) || account::any_account(connection)) return false;
    CHECK(add_everything(tx, seating::load_now(connection)));
    return true;
  }));
  const std::string message =
      loaded ? "loaded: concert 1 with three dates of 50 seats (50,000 and 70,000 won), concert 2 "
               "with 5,000 seats, concert 3 whose sale opens in a week; users 1 to 1,000 "
               "(user1 to user1000, no passwords)"
             : "nothing loaded: there are concerts or users already";
  Answer answer;
  json::Object body;
  body.set("loaded", loaded).set("message", std::string_view(message));
  answer.object = std::move(body);
  answer.text = message + "\n";
  return answer;
}

}  // namespace

Commands schema_commands() {
  return {
      {"migrate", "Brings the schema up to date",
       {{"--dir", "DIR", "folder with the numbered .sql files", Kind::text, true, 1, 4096}},
       "migrate --dir sql/schema", migrate},
      {"sample", "Loads concerts and users to try things with, into an empty database", {}, "sample",
       sample},
  };
}

}  // namespace boxoffice::ctl
