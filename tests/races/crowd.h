// Clients that misbehave, thousands of them in one thread: each does one thing a second, connects
// again when it was cut off, and calls from one of many addresses, as if from many machines.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace boxoffice::races {

// How long the server bears it.
enum class Fate {
  kCutOff,   // it is cut off
  kBorne,    // for longer than a test waits: what it holds is a connection and nothing else
  kHangsUp,  // it hangs up by itself
};

struct Manner {
  std::string name;
  std::int64_t connections = 0;
  std::string opening;  // sent at once
  std::string drip;     // then this, a byte a second
  bool listens = true;  // or takes a byte of the answer a second
  Fate fate = Fate::kCutOff;
  std::string answer;   // what stands in its answer, if it gets one
};

class Crowd {
 public:
  Crowd(std::vector<Manner> manners, std::uint64_t seed);
  ~Crowd();

  struct Tally {
    std::atomic<std::int64_t> opened{0}, open{0}, cut{0}, cut_once{0}, answers{0}, other_answers{0};
  };
  [[nodiscard]] const Tally& tally(std::size_t manner) const { return tallies_[manner]; }
  // All have come; each that is to be cut off has been.
  [[nodiscard]] bool all_here() const;
  [[nodiscard]] bool all_cut_off() const;

 private:
  struct Rogue {
    std::size_t manner = 0;
    int fd = -1;
    std::size_t sent = 0, end = 0, dripped = 0;
    std::int64_t since = 0;
    bool came = false, was_cut = false;
    std::string heard;
  };
  void run(const std::stop_token& stop);
  void turn(Rogue& rogue);
  void connect(Rogue& rogue);
  void write(Rogue& rogue);
  void hear(Rogue& rogue);
  void cut(Rogue& rogue);
  void hang_up(Rogue& rogue);
  void watch(Rogue& rogue, int operation, bool writable);
  std::vector<Manner> manners_;
  std::vector<Tally> tallies_;
  std::vector<Rogue> rogues_;
  std::mt19937_64 random_;
  int events_;
  std::jthread thread_;
};

}  // namespace boxoffice::races
