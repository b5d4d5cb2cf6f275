#include "services/homeserver/ephemeral/ephemeral_publisher.h"

#include <utility>

#include "services/shared/matrix/json.h"

namespace causeway::homeserver {
namespace {

// The rooms travel inside the event; push_dispatcher takes them out.
std::string WithRooms(EphemeralEvent event) {
  if (event.room_ids.empty()) return std::move(event.json);
  matrix::Json json = matrix::Json::parse(event.json, nullptr,
                                          /*allow_exceptions=*/false);
  json["room_ids"] = std::move(event.room_ids);
  return matrix::DumpJson(json);
}

}  // namespace

EphemeralPublisher::EphemeralPublisher(Options options,
                                       EphemeralPushClient& push)
    : options_(options), push_(push), thread_([this] { Run(); }) {}

EphemeralPublisher::~EphemeralPublisher() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void EphemeralPublisher::Publish(EphemeralEvent event) {
  std::string key = std::move(event.key);
  std::string json = WithRooms(std::move(event));
  absl::MutexLock lock(&mu_);
  auto waiting = json_by_key_.find(key);
  if (waiting != json_by_key_.end()) {
    waiting->second = std::move(json);
    return;
  }
  if (keys_.size() >= options_.waiting_max) return;
  keys_.push_back(key);
  json_by_key_[std::move(key)] = std::move(json);
}

void EphemeralPublisher::Run() {
  for (;;) {
    std::vector<std::string> jsons = TakeNext();
    if (jsons.empty()) return;
    // Whether it arrived or not: it isn't kept.
    push_.PublishEphemeral(std::move(jsons)).IgnoreError();
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(&stopping_), options_.interval);
  }
}

std::vector<std::string> EphemeralPublisher::TakeNext() {
  absl::MutexLock lock(&mu_);
  auto to_do = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || !keys_.empty();
  };
  mu_.Await(absl::Condition(&to_do));
  std::vector<std::string> jsons;
  if (stopping_) return jsons;
  size_t bytes = 0;
  while (!keys_.empty() && jsons.size() < options_.events_max) {
    auto waiting = json_by_key_.find(keys_.front());
    bytes += waiting->second.size();
    if (!jsons.empty() && bytes > options_.bytes_max) break;
    jsons.push_back(std::move(waiting->second));
    json_by_key_.erase(waiting);
    keys_.pop_front();
  }
  return jsons;
}

}  // namespace causeway::homeserver
