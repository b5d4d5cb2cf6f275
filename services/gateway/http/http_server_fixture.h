#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_FIXTURE_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_handler.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_observer.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/raw_http_client.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {

// Keeps what it is told. Thread-safe.
class RecordingObserver final : public HttpObserver {
 public:
  void ConnectionOpened() override ABSL_LOCKS_EXCLUDED(mu_);
  void ConnectionClosed() override ABSL_LOCKS_EXCLUDED(mu_);
  void RequestAnswered(const AnsweredRequest& answered) override
      ABSL_LOCKS_EXCLUDED(mu_);
  void HandshakeFailed(absl::string_view why) override ABSL_LOCKS_EXCLUDED(mu_);
  void CertificateShown(absl::Time expiry) override ABSL_LOCKS_EXCLUDED(mu_);

  // All that were answered, once there are `count`.
  std::vector<AnsweredRequest> AwaitAnswered(size_t count)
      ABSL_LOCKS_EXCLUDED(mu_);
  int open_count() ABSL_LOCKS_EXCLUDED(mu_);
  // Why handshakes failed, once `count` have.
  std::vector<std::string> AwaitFailedHandshakes(size_t count)
      ABSL_LOCKS_EXCLUDED(mu_);
  int certificate_count() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  absl::Mutex mu_;
  int open_count_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<AnsweredRequest> answered_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> failed_handshakes_ ABSL_GUARDED_BY(mu_);
  int certificate_count_ ABSL_GUARDED_BY(mu_) = 0;
};

// How many requests to /wait and /hang there are. Thread-safe.
class Waiters {
 public:
  void AwaitWaiting(int waiting_count) ABSL_LOCKS_EXCLUDED(mu_);
  void Add(int change) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  absl::Mutex mu_;
  int waiting_count_ ABSL_GUARDED_BY(mu_) = 0;
};

// A server that answers with what it was asked: /wait only when it is told to
// stop waiting, /hang not even then, /throw by throwing.
class HttpServerFixture : public testing::Test {
 protected:
  void Start(HttpLimits limits = {}, const std::string& certificate_file = {},
             const std::string& key_file = {});
  std::unique_ptr<RawHttpClient> Connect();
  HttpHandler Echo();

  RealClock clock_;
  RecordingObserver observer_;
  Waiters waiters_;
  std::unique_ptr<HttpServer> server_;
};

// Whole requests.
std::string Get(absl::string_view target);
std::string Put(absl::string_view target, absl::string_view body);

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_SERVER_FIXTURE_H_
