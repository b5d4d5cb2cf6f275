// An AppserviceClient for tests: keeps what is sent, answers when told.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAKE_APPSERVICE_CLIENT_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAKE_APPSERVICE_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

// Thread-safe. Callbacks run in the thread that answers.
class FakeAppserviceClient : public AppserviceClient {
 public:
  using Responder = std::function<absl::StatusOr<AppserviceResponse>(
      const AppserviceRequest&)>;

  // Requests wait until Answer() is called.
  FakeAppserviceClient() = default;
  // Every request is answered at once, within Send().
  explicit FakeAppserviceClient(Responder responder)
      : responder_(std::move(responder)) {}

  // Answers what still waits with UNAVAILABLE.
  ~FakeAppserviceClient() override;

  void Send(AppserviceRequest request, Callback callback)
      ABSL_LOCKS_EXCLUDED(mu_) override;
  void Cancel(int64_t cancel_id) ABSL_LOCKS_EXCLUDED(mu_) override;
  void ForgetPaths(std::string appservice_uid)
      ABSL_LOCKS_EXCLUDED(mu_) override;

  // Answers the oldest request that waits. There must be one.
  void Answer(absl::StatusOr<AppserviceResponse> response)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Answer(int http_status, std::string body) ABSL_LOCKS_EXCLUDED(mu_);

  // All that was ever sent, in order.
  std::vector<AppserviceRequest> requests() const ABSL_LOCKS_EXCLUDED(mu_);
  size_t waiting_count() const ABSL_LOCKS_EXCLUDED(mu_);
  // The uids given to ForgetPaths().
  std::vector<std::string> forgotten() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const Responder responder_;
  mutable absl::Mutex mu_;
  std::vector<AppserviceRequest> requests_ ABSL_GUARDED_BY(mu_);
  struct Waiting {
    int64_t cancel_id = 0;
    Callback callback;
  };
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> forgotten_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_FAKE_APPSERVICE_CLIENT_H_
