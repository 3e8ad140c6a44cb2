// GET /metrics
//
// Prometheus text: what every function has answered, and how every line stands.

#include "endpoint.h"
#include "fn/metrics.h"
#include "fn/serve.h"

using namespace boxoffice;

namespace {

std::string gauge(const char* name, const queue::Snapshot& queue, std::int64_t value) {
  return std::string(name) + "{queue=\"" + std::to_string(queue.id.value) + "\"} " +
         std::to_string(value) + "\n";
}

std::string queue_text(db::Connection& connection) {
  std::string out = "# TYPE boxoffice_queue_served_number gauge\n"
                    "# TYPE boxoffice_queue_inside gauge\n"
                    "# TYPE boxoffice_queue_capacity gauge\n"
                    "# TYPE boxoffice_queue_last_number gauge\n";
  for (const auto id : queue::load_queue_ids(connection)) {
    const auto queue = queue::load_snapshot(connection, id);
    if (!queue) continue;  // taken away since
    const auto last = queue::load_last_number(connection, id);
    out += gauge("boxoffice_queue_served_number", *queue, queue->served.value);
    out += gauge("boxoffice_queue_inside", *queue, queue->inside);
    out += gauge("boxoffice_queue_capacity", *queue, queue->capacity);
    out += gauge("boxoffice_queue_last_number", *queue, last ? last->value : 0);
  }
  return out;
}

Result<http::Response> handle(fn::Context& context, const http::Request&) {
  return http::Response{200, "text/plain; version=0.0.4; charset=utf-8",
                        fn::prometheus_text(context.config().metrics_dir) +
                            queue_text(context.connection()),
                        {}};
}

}  // namespace

int main() { return fn::serve(kEndpoint, handle); }
