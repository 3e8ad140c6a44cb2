// concert …, sale …: what is sold, and when.

#include "command.h"
#include "seating/admin.h"

namespace boxoffice::ctl {
namespace {

Properties shown(const seating::Concert& c) {
  return {{"concertId", c.id.value},
          {"name", c.name},
          {"artist", c.artist},
          {"place", c.place},
          {"queueId", c.queue.value},
          {"reservationOpenAt", c.opens_at},
          {"reservationCloseAt", c.closes_at}};
}

Result<Answer> shown_after(Context& context, ConcertId id, const std::string& message) {
  TRY(const auto concert, seating::find_concert(context.connection(), id));
  return one(message, shown(concert));
}

std::string sentence(ConcertId id, const char* what) {
  return "concert " + std::to_string(id.value) + " " + what;
}

Result<Answer> create_concert(Context& context) {
  const auto& a = context.arguments;
  const seating::NewConcert wanted{{},
                                   *a.text("--name"),
                                   a.text("--artist").value_or(""),
                                   a.text("--place").value_or(""),
                                   QueueId{a.number("--queue").value_or(1)},
                                   *a.instant("--open"),
                                   *a.instant("--close")};
  TRY(const auto id, db::transact(context.connection(), [&](db::Tx& tx) {
    return seating::create_concert(tx, wanted);
  }));
  return shown_after(context, id, sentence(id, "is there; add a session: deploy/ctl session create"));
}

Result<Answer> list_concerts(Context& context) {
  constexpr std::int64_t kPage = 500;
  auto answer = rows("concerts", {});
  for (ConcertId after{0};;) {
    const auto page = seating::load_concerts(context.connection(), after, kPage);
    for (const auto& concert : page) {
      answer.table.columns.clear();
      auto& row = answer.table.rows.emplace_back();
      for (auto& [name, cell] : shown(concert)) {
        answer.table.columns.push_back(name);
        row.push_back(cell);
      }
      after = concert.id;
    }
    if (static_cast<std::int64_t>(page.size()) < kPage) return answer;
  }
}

Result<Answer> show_concert(Context& context) {
  return shown_after(context, context.arguments.id<ConcertId>("CONCERT"), "");
}

Result<Answer> set_concert(Context& context) {
  const auto id = context.arguments.id<ConcertId>("--concert");
  const auto queue = context.arguments.id<QueueId>("--queue");
  CHECK(db::transact(context.connection(), [&](db::Tx& tx) {
    return seating::change_queue(tx, id, queue);
  }));
  return shown_after(context, id, sentence(id, "is behind that queue now"));
}

Result<Answer> set_sale(Context& context) {
  const auto& a = context.arguments;
  const auto id = a.id<ConcertId>("--concert");
  const seating::SaleChange change{a.instant("--open"), a.instant("--close")};
  if (!change.opens_at && !change.closes_at) throw Misuse("nothing to set: give --open or --close");
  CHECK(db::transact(context.connection(), [&](db::Tx& tx) {
    return seating::change_sale(tx, id, change);
  }));
  return shown_after(context, id, sentence(id, "has its sale window"));
}

}  // namespace

Commands concert_commands() {
  const Parameter concert{"--concert", "N", "the concert", Kind::number, true};
  const auto time = [](const char* name, const char* help, bool required) {
    return Parameter{name, "TIME", help, Kind::instant, required};
  };
  return {
      {"concert create", "Makes a concert",
       {{"--name", "NAME", "what it is called", Kind::text, true, 1, 200},
        time("--open", "when its sale opens: 2026-12-01T20:00 (local), or with an offset", true),
        time("--close", "when its sale closes", true),
        {"--artist", "NAME", "who plays", Kind::text, false, 0, 200},
        {"--place", "NAME", "where", Kind::text, false, 0, 200},
        {"--queue", "N", "the queue before it (1)", Kind::number}},
       "concert create --name 'New Year' --open 2026-12-01T20:00 --close 2026-12-31T18:00", create_concert},
      {"concert list", "Lists the concerts", {}, "concert list", list_concerts},
      {"concert show", "Shows a concert", {{"CONCERT", "", "its number", Kind::number, true}},
       "concert show 1", show_concert},
      {"concert set", "Puts a concert behind another queue",
       {concert, {"--queue", "N", "the queue", Kind::number, true}},
       "concert set --concert 2 --queue 2", set_concert},
      {"sale set", "Changes when a concert's sale opens and closes",
       {concert, time("--open", "when it opens", false), time("--close", "when it closes", false)},
       "sale set --concert 3 --open 2026-12-01T20:00", set_sale},
  };
}

}  // namespace boxoffice::ctl
