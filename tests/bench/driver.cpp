// bench_driver --port P --script FILE --rows FILE --connections N (--seconds S [--rate R] | --volley 1)
//   [--skip N] [--loop 1]
//
// Plays the script's flow once for each row, N at a time. Without --rate the loop is closed: each
// connection goes on as soon as it is answered. With it, R flows a second are due whether or not the
// server keeps up, and a latency counts from the moment its flow was due. --volley has every
// connection's request written but for its last byte, and then sends all of those.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <deque>
#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>

#include "bench/client.h"
#include "bench/script.h"
#include "bench/stats.h"

namespace boxoffice::bench {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDrainSeconds = 10;  // how long a flow may still take after the last was due
constexpr int kAsksMax = 1000;

struct Plan {
  int port = 0;
  std::size_t connections = 0;
  double seconds = 0, rate = 0;
  std::size_t skip = 0;
  bool loop = false;
};

// A connection and the flow it is in.
struct Lane {
  Client client;
  std::vector<std::string> kept;  // what answers told
  Values values;
  std::size_t step = 0;
  int asks = 0;
  std::int64_t due = 0, sent = 0;
  bool busy = false;
};

class Player {
 public:
  Player(const Plan& plan, const Rows& rows, const std::vector<Step>& steps, const Names& names)
      : plan_(plan), rows_(rows), steps_(steps), names_(names), per_step_(steps.size()),
        next_(plan.skip), epoll_(epoll_create1(0)), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)) {
    watch(timer_, plan.connections);
    for (std::size_t i = 0; i < plan.connections; ++i) {
      lanes_.push_back({Client(plan.port), {}, {}, 0, 0, 0, 0, false});
      watch(lanes_[i].client.fd(), i);
    }
  }
  ~Player() {
    close(epoll_);
    close(timer_);
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  void play() {
    begun_ = now_ns();
    end_ = begun_ + static_cast<std::int64_t>(plan_.seconds * 1e9);
    for (std::size_t i = 0; i < lanes_.size(); ++i) idle_.push_back(i);
    if (plan_.rate > 0) {
      tick();
    } else {
      for (auto i = std::exchange(idle_, {}); const auto lane : i) begin(lanes_[lane], now_ns());
    }
    while (running()) wait();
    took_ = static_cast<double>((plan_.rate > 0 ? now_ns() : last_) - begun_) / 1e9;
    // What is still on its way, or was never sent, has not been answered.
    for (const auto& lane : lanes_) {
      if (lane.busy) wrong(steps_[lane.step].name + ": no answer");
    }
    for (std::size_t i = 0; i < late_.size(); ++i) wrong("a flow was due and never begun");
  }

  void report(std::ostream& out) {
    for (const auto& [text, count] : samples_) std::cerr << "error, " << count << " times: " << text << "\n";
    out << "{\"rate\":" << static_cast<double>(done_) / took_ << ",\"done\":" << done_
        << ",\"errors\":" << errors_ << ",\"used\":" << next_ - plan_.skip
        << ",\"exhausted\":" << (exhausted_ ? "true" : "false") << ",\"bytes\":" << bytes_ << ",\"steps\":{";
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      out << (i > 0 ? "," : "") << "\"" << steps_[i].name << "\":{" << per_step_[i].json() << "}";
    }
    out << "}," << flows_.json() << "}\n";
  }

 private:
  void watch(int fd, std::size_t name) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = name;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  bool running() const {
    if (now_ns() > end_ + kDrainSeconds * kSecond) return false;
    if (busy_ > 0 || !late_.empty()) return true;
    return plan_.rate > 0 ? !all_due_ && !exhausted_ : false;
  }

  void wait() {
    constexpr int kEvents = 256;
    constexpr int kMillis = 200;
    epoll_event events[kEvents];
    const int count = epoll_wait(epoll_, events, kEvents, kMillis);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == lanes_.size()) {
        std::uint64_t expirations = 0;
        if (::read(timer_, &expirations, sizeof expirations) > 0) tick();
      } else {
        heard(events[i].data.u64);
      }
    }
  }

  // Everything that is due by now is begun, or noted down where no connection is free.
  void tick() {
    while (!all_due_) {
      const auto due = begun_ + static_cast<std::int64_t>(static_cast<double>(due_count_) / plan_.rate * 1e9);
      if (due >= end_) {
        all_due_ = true;
        return;
      }
      if (due > now_ns()) {
        itimerspec at{};
        at.it_value.tv_sec = due / kSecond;
        at.it_value.tv_nsec = due % kSecond;
        timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
        return;
      }
      ++due_count_;
      if (idle_.empty()) {
        late_.push_back(due);
      } else {
        const auto lane = idle_.back();
        idle_.pop_back();
        begin(lanes_[lane], due);
      }
    }
  }

  void begin(Lane& lane, std::int64_t due) {
    if (next_ >= rows_.rows.size()) {
      if (!plan_.loop) {
        exhausted_ = true;
        late_.clear();
        return;
      }
      next_ = 0;
    }
    lane.values = rows_.rows[next_++];
    lane.values.resize(names_.count());
    lane.kept.assign(names_.count(), {});
    lane.step = 0;
    lane.due = due;
    lane.busy = true;
    ++busy_;
    ask(lane, due);
  }

  void ask(Lane& lane, std::int64_t due) {
    const Step& step = steps_[lane.step];
    std::string bytes, body;
    step.body.render(lane.values, body);
    step.head.render(lane.values, bytes);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    lane.sent = due;
    lane.client.send(bytes + "\r\n" + body);
  }

  void heard(std::size_t name) {
    Lane& lane = lanes_[name];
    const auto progress = lane.client.read();
    if (progress == Progress::waiting) return;
    if (progress == Progress::broken) {
      if (!lane.busy) return;
      wrong(steps_[lane.step].name + ": the connection broke");
      epoll_ctl(epoll_, EPOLL_CTL_DEL, lane.client.fd(), nullptr);
      lane.busy = false;
      --busy_;
      return;
    }
    const auto now = now_ns();
    const Step& step = steps_[lane.step];
    const auto& answer = lane.client.answer();
    bytes_ += answer.body.size();
    per_step_[lane.step].add(now - lane.sent);
    bool good = check(lane, step, answer);
    if (good && !step.until.empty() && answer.body.find(step.until) == std::string_view::npos) {
      if (++lane.asks < kAsksMax) return ask(lane, now);
      wrong(step.name + ": never came to " + step.until);
      good = false;
    }
    lane.asks = 0;
    if (good && ++lane.step < steps_.size()) return ask(lane, now);
    finish(name, lane, good, now);
  }

  void finish(std::size_t name, Lane& lane, bool good, std::int64_t now) {
    lane.busy = false;
    --busy_;
    last_ = now;
    if (good) {
      ++done_;
      flows_.add(now - lane.due);
    }
    if (plan_.rate > 0 && !late_.empty()) {
      const auto due = late_.front();
      late_.pop_front();
      begin(lane, due);
    } else if (plan_.rate > 0) {
      idle_.push_back(name);
    } else if (now < end_) {
      begin(lane, now);
    }
  }

  bool check(Lane& lane, const Step& step, const Answer& answer) {
    bool good = answer.status == step.status;
    for (const auto& wanted : step.has) {
      std::string text;
      wanted.render(lane.values, text);
      good = good && answer.body.find(text) != std::string_view::npos;
    }
    for (const auto& capture : step.captures) {
      const auto at = answer.body.find(capture.member);
      if (at == std::string_view::npos) {
        good = false;
        continue;
      }
      auto value = answer.body.substr(at + capture.member.size());
      const bool text = value.starts_with('"');
      if (text) value.remove_prefix(1);
      value = value.substr(0, value.find_first_of(text ? "\"" : ",}]"));
      lane.kept[capture.value] = value;
      lane.values[capture.value] = lane.kept[capture.value];
    }
    if (!good) {
      const std::string start(answer.body.substr(0, 300));
      wrong(step.name + ": " + std::to_string(answer.status) + " " + start);
    }
    return good;
  }

  void wrong(const std::string& what) {
    constexpr std::size_t kSamples = 5;
    ++errors_;
    if (samples_.size() < kSamples || samples_.contains(what)) ++samples_[what];
  }

  const Plan plan_;
  const Rows& rows_;
  const std::vector<Step>& steps_;
  const Names& names_;
  std::vector<Latencies> per_step_;
  Latencies flows_;
  std::vector<Lane> lanes_;
  std::vector<std::size_t> idle_;
  std::deque<std::int64_t> late_;
  std::map<std::string, int> samples_;
  std::size_t next_;
  std::size_t busy_ = 0, due_count_ = 0;
  std::int64_t begun_ = 0, end_ = 0, last_ = 0, done_ = 0, errors_ = 0;
  std::uint64_t bytes_ = 0;
  double took_ = 1;
  bool exhausted_ = false, all_due_ = false;
  int epoll_, timer_;
};

// The statuses that came, and how long all of them took from the first last byte on.
int volley(const Plan& plan, const Rows& rows, const Step& step) {
  std::vector<Client> clients;
  const int epoll = epoll_create1(0);
  for (std::size_t i = 0; i < plan.connections; ++i) {
    clients.emplace_back(plan.port);
    std::string head, body;
    const auto& values = rows.rows.at(plan.skip + i);
    step.head.render(values, head);
    step.body.render(values, body);
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    clients.back().send_but_last(head + body);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd(), &event);
  }
  usleep(100'000);  // nginx has read the heads of all of them
  std::map<int, int> statuses;
  const auto begun = now_ns();
  for (auto& client : clients) client.release();
  for (std::size_t left = clients.size(); left > 0 && now_ns() < begun + kDrainSeconds * kSecond;) {
    epoll_event events[256];
    const int count = epoll_wait(epoll, events, 256, 200);
    for (int i = 0; i < count; ++i) {
      Client& client = clients[events[i].data.u64];
      const auto progress = client.read();
      if (progress == Progress::waiting) continue;
      ++statuses[progress == Progress::answered ? client.answer().status : 0];
      epoll_ctl(epoll, EPOLL_CTL_DEL, client.fd(), nullptr);
      --left;
    }
  }
  const auto took = static_cast<double>(now_ns() - begun) / 1e6;
  close(epoll);
  std::cout << "{\"ms\":" << took << ",\"statuses\":{";
  const char* comma = "";
  for (const auto& [status, count] : statuses) {
    std::cout << comma << "\"" << status << "\":" << count;
    comma = ",";
  }
  std::cout << "}}\n";
  return 0;
}

int run(std::map<std::string, std::string> options) {
  const auto option = [&options](const char* name) {
    return options[name].empty() ? std::string("0") : options[name];
  };
  const Rows rows = read_rows(options.at("--rows"));
  Names names;
  for (const auto& name : rows.names) names.add(name);
  const auto steps = read_script(options.at("--script"), names);
  const Plan plan{std::stoi(options.at("--port")), std::stoul(options.at("--connections")),
                  std::stod(option("--seconds")), std::stod(option("--rate")),
                  std::stoul(option("--skip")), option("--loop") == "1"};
  if (option("--volley") == "1") return volley(plan, rows, steps.at(0));
  Player player(plan, rows, steps, names);
  player.play();
  player.report(std::cout);
  return 0;
}

}  // namespace
}  // namespace boxoffice::bench

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    return boxoffice::bench::run(std::move(options));
  } catch (const std::exception& problem) {
    std::cerr << "bench_driver: " << problem.what() << "\n";
    return 1;
  }
}
