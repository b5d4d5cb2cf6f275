#include "services/shared/appservice_client/fake_appservice_client.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

FakeAppserviceClient::~FakeAppserviceClient() {
  std::deque<Waiting> waiting;
  {
    absl::MutexLock lock(&mu_);
    waiting.swap(waiting_);
  }
  for (Waiting& one : waiting) {
    std::move(one.callback)(absl::UnavailableError("the client is gone"));
  }
}

void FakeAppserviceClient::Send(AppserviceRequest request, Callback callback) {
  {
    absl::MutexLock lock(&mu_);
    requests_.push_back(request);
    if (responder_ == nullptr) {
      waiting_.push_back({request.cancel_id, std::move(callback)});
      return;
    }
  }
  std::move(callback)(responder_(request));
}

void FakeAppserviceClient::Cancel(int64_t cancel_id) {
  Callback callback;
  {
    absl::MutexLock lock(&mu_);
    const auto found = std::find_if(
        waiting_.begin(), waiting_.end(),
        [cancel_id](const Waiting& one) { return one.cancel_id == cancel_id; });
    if (found == waiting_.end()) return;
    callback = std::move(found->callback);
    waiting_.erase(found);
  }
  std::move(callback)(absl::CancelledError("the request was cancelled"));
}

void FakeAppserviceClient::ForgetPaths(std::string appservice_uid) {
  absl::MutexLock lock(&mu_);
  forgotten_.push_back(std::move(appservice_uid));
}

std::vector<std::string> FakeAppserviceClient::forgotten() const {
  absl::MutexLock lock(&mu_);
  return forgotten_;
}

void FakeAppserviceClient::Answer(absl::StatusOr<AppserviceResponse> response) {
  Callback callback;
  {
    absl::MutexLock lock(&mu_);
    callback = std::move(waiting_.front().callback);
    waiting_.pop_front();
  }
  std::move(callback)(std::move(response));
}

void FakeAppserviceClient::Answer(int http_status, std::string body) {
  AppserviceResponse response;
  response.http_status = http_status;
  response.body = std::move(body);
  Answer(std::move(response));
}

std::vector<AppserviceRequest> FakeAppserviceClient::requests() const {
  absl::MutexLock lock(&mu_);
  return requests_;
}

size_t FakeAppserviceClient::waiting_count() const {
  absl::MutexLock lock(&mu_);
  return waiting_.size();
}

}  // namespace causeway::appservice_client
