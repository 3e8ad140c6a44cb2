#include "rehearse/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace boxoffice::rehearse {

std::int64_t now_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Http::Multi {
  CURLM* handle = curl_multi_init();
  ~Multi() { curl_multi_cleanup(handle); }
};

struct Http::Slot {
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  std::size_t who = 0;
  Lane* lane = nullptr;
  std::int64_t wanted = 0;
  std::string sent, got;
  char problem[CURL_ERROR_SIZE] = {};
  Slot() = default;
  ~Slot() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  void header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
};

namespace {

std::size_t take(char* data, std::size_t, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(data, size);
  return size;
}

}  // namespace

Http::Http(std::string base_url, std::size_t connections, Hear hear)
    : multi_(std::make_unique<Multi>()), base_url_(std::move(base_url)), hear_(std::move(hear)) {
  curl_multi_setopt(multi_->handle, CURLMOPT_MAXCONNECTS, static_cast<long>(connections));
  for (std::size_t i = 0; i < connections; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    if (slots_.back()->easy == nullptr) throw std::runtime_error("libcurl gives no handle");
    free_.push_back(slots_.back().get());
  }
}

Http::~Http() {
  for (const auto& slot : slots_) curl_multi_remove_handle(multi_->handle, slot->easy);
}

void Http::send(std::size_t who, const Ask& ask, std::int64_t timeout_ms) {
  lanes_[static_cast<std::size_t>(ask.endpoint)].line.push_back(
      {who, ask, timeout_ms, now_micros()});
}

void Http::drop_waiting() {
  for (auto& lane : lanes_) lane.line.clear();
}

bool Http::idle() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.line.empty() && lane.busy == 0; });
}

// The one that somebody waits in and that has the fewest connections.
Http::Lane* Http::next_lane() {
  Lane* out = nullptr;
  for (auto& lane : lanes_) {
    if (!lane.line.empty() && (out == nullptr || lane.busy < out->busy)) out = &lane;
  }
  return out;
}

void Http::start(Slot& slot, Wish wish) {
  CURL* easy = slot.easy;
  curl_easy_reset(easy);
  curl_slist_free_all(slot.headers);
  slot.headers = nullptr;
  slot.who = wish.who;
  slot.wanted = wish.wanted;
  slot.got.clear();
  slot.sent = std::move(wish.ask.body);
  slot.problem[0] = '\0';
  if (!wish.ask.access.empty()) slot.header("Authorization: Bearer " + wish.ask.access);
  if (!wish.ask.place.empty()) slot.header("QUEUE-TOKEN: " + wish.ask.place);
  if (!wish.ask.key.empty()) slot.header("Idempotency-Key: " + wish.ask.key);
  if (!slot.sent.empty()) {
    slot.header("Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, slot.sent.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(slot.sent.size()));
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, wish.ask.method);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot.headers);
  curl_easy_setopt(easy, CURLOPT_URL, (base_url_ + wish.ask.path).c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(wish.timeout_ms));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &slot.got);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, slot.problem);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &slot);
  curl_multi_add_handle(multi_->handle, easy);
}

void Http::finish(Slot& slot, int outcome) {
  Reply reply;
  if (outcome == CURLE_OK) {
    long status = 0;
    curl_off_t after = 0;
    curl_easy_getinfo(slot.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(slot.easy, CURLINFO_RETRY_AFTER, &after);
    reply.status = static_cast<int>(status);
    reply.retry_after_seconds = after;
    reply.body = std::move(slot.got);
  } else {
    reply.problem =
        slot.problem[0] != '\0' ? slot.problem : curl_easy_strerror(static_cast<CURLcode>(outcome));
  }
  curl_multi_remove_handle(multi_->handle, slot.easy);
  free_.push_back(&slot);
  --slot.lane->busy;
  hear_(slot.who, std::move(reply), slot.wanted);
}

void Http::run(int wait_ms) {
  while (!free_.empty()) {
    Lane* lane = next_lane();
    if (lane == nullptr) break;
    Slot* slot = free_.back();
    free_.pop_back();
    Wish wish = std::move(lane->line.front());
    lane->line.pop_front();
    slot->lane = lane;
    ++lane->busy;
    start(*slot, std::move(wish));
  }
  int running = 0;
  curl_multi_perform(multi_->handle, &running);
  bool heard = false;
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_->handle, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto outcome = static_cast<int>(message->data.result);
    void* slot = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
    finish(*static_cast<Slot*>(slot), outcome);
    heard = true;
  }
  if (!heard) curl_multi_poll(multi_->handle, nullptr, 0, wait_ms, nullptr);
}

}  // namespace boxoffice::rehearse
