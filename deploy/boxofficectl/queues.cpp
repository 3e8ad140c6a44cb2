// queue …: the waiting lines.

#include "command.h"
#include "queue/admin.h"

namespace boxoffice::ctl {
namespace {

Properties shown(const queue::Overview& o) {
  const auto& q = o.snapshot;
  return {{"queueId", q.id.value},
          {"name", o.name},
          {"paused", q.paused},
          {"capacity", q.capacity},
          {"inside", o.visiting},
          {"waiting", o.waiting},
          {"servedNumber", q.served.value},
          {"admittedNumber", o.admitted.value},
          {"admittedPerMinute", cell_of(queue::measured_per_minute(q.rate, q.now))},
          {"claimSeconds", q.claim_seconds},
          {"visitSeconds", q.visit_seconds}};
}

Result<Answer> shown_after(Context& context, QueueId id, const std::string& message) {
  TRY(const auto overview, queue::overview(context.connection(), id));
  auto properties = shown(overview);
  std::string concerts;
  for (const auto concert : overview.concerts) {
    concerts += (concerts.empty() ? "" : ", ") + std::to_string(concert.value);
  }
  properties.emplace_back("concerts", concerts);
  return one(message, properties);
}

Result<Answer> list_queues(Context& context) {
  auto answer = rows("queues", {});
  for (const auto id : queue::load_queue_ids(context.connection())) {
    TRY(const auto overview, queue::overview(context.connection(), id));
    answer.table.columns.clear();
    auto& row = answer.table.rows.emplace_back();
    for (auto& [name, cell] : shown(overview)) {
      answer.table.columns.push_back(name);
      row.push_back(cell);
    }
  }
  return answer;
}

Result<Answer> show_queue(Context& context) {
  return shown_after(context, context.arguments.id<QueueId>("QUEUE"), "");
}

Result<Answer> change(Context& context, const queue::Change& wanted) {
  const auto id = context.arguments.id<QueueId>("QUEUE");
  CHECK(queue::change(context.connection(), id, wanted));
  TRY(const auto overview, queue::overview(context.connection(), id));
  const auto& q = overview.snapshot;
  auto answer = one("queue " + std::to_string(id.value) + (q.paused ? " is paused" : " is open") +
                        ": capacity " + std::to_string(q.capacity) + ", " +
                        std::to_string(q.claim_seconds) + " s to claim a visit, " +
                        std::to_string(q.visit_seconds) + " s of visit",
                    shown(overview));
  answer.brief = true;
  return answer;
}

Result<Answer> set_limits(Context& context) {
  const auto& a = context.arguments;
  const queue::Change wanted{a.number("--capacity"), a.number("--claim-seconds"),
                             a.number("--visit-seconds"), {}};
  if (!wanted.capacity && !wanted.claim_seconds && !wanted.visit_seconds) {
    throw Misuse("nothing to set: give --capacity, --claim-seconds or --visit-seconds");
  }
  return change(context, wanted);
}

Result<Answer> pause(Context& context) { return change(context, {{}, {}, {}, true}); }
Result<Answer> resume(Context& context) { return change(context, {{}, {}, {}, false}); }

Result<Answer> create_queue(Context& context) {
  const auto& a = context.arguments;
  const auto& defaults = context.config;
  TRY(const auto id, queue::create(context.connection(),
                                   {*a.text("--name"),
                                    a.number("--capacity").value_or(defaults.queue_capacity),
                                    a.number("--claim-seconds").value_or(defaults.claim_seconds),
                                    a.number("--visit-seconds").value_or(defaults.visit_seconds)}));
  return shown_after(context, id, "queue " + std::to_string(id.value) + " is there");
}

}  // namespace

Commands queue_commands() {
  const Parameter which{"QUEUE", "", "the queue's number", Kind::number, true};
  const std::vector<Parameter> limits = {
      {"--capacity", "N", "how many may be inside at once", Kind::number, false, 0, queue::kCapacityMax},
      {"--claim-seconds", "N", "from being admitted to the first protected call", Kind::number, false, 1,
       queue::kLimitSecondsMax},
      {"--visit-seconds", "N", "from being admitted to the end of the visit", Kind::number, false, 1,
       queue::kLimitSecondsMax}};
  auto set_parameters = limits;
  set_parameters.insert(set_parameters.begin(), which);
  auto create_parameters = limits;
  create_parameters.insert(create_parameters.begin(),
                           {"--name", "NAME", "a name of its own", Kind::text, true, 1, 100});
  return {
      {"queue create", "Makes a queue (limits not given are the settings')", create_parameters,
       "queue create --name vip --capacity 20", create_queue},
      {"queue list", "Lists the queues", {}, "queue list", list_queues},
      {"queue show", "Shows a queue: who waits, who is inside, how fast it goes", {which},
       "queue show 1", show_queue},
      {"queue pause", "Lets nobody in any more; those inside stay", {which}, "queue pause 1", pause},
      {"queue resume", "Lets people in again", {which}, "queue resume 1", resume},
      {"queue set", "Changes a queue's limits, at once", set_parameters,
       "queue set 1 --capacity 200 --visit-seconds 600", set_limits},
  };
}

}  // namespace boxoffice::ctl
