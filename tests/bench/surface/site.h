#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_SITE_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_SITE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/shared/matrix/json.h"
#include "tests/bench/surface/bridge_sink.h"
#include "tests/bench/surface/event_loop.h"
#include "tests/bench/surface/http_client.h"

namespace causeway::bench {

// "/_matrix/client/v3" and what follows it.
std::string ClientPath(absl::string_view rest);

// The target that sends a message as the bridge's user `user_id`.
std::string SendPath(absl::string_view room_id, absl::string_view txn_id,
                     absl::string_view user_id);

// A running Causeway with a bridge on it, which is not rate limited and claims
// @bridge_.* and #bridge_.*. Ends the process when anything is refused.
//
// Belongs to one thread.
class Site {
 public:
  struct Options {
    std::string registry;  // gRPC address.
    int gateway_port = 0;
  };

  // Registers the bridge.
  explicit Site(Options options);

  EventLoop& loop() { return loop_; }
  BridgeSink& sink() { return sink_; }
  const std::string& as_token() const { return as_token_; }
  int gateway_port() const { return options_.gateway_port; }

  // One request with the bridge's token, and its answer.
  matrix::Json Call(absl::string_view method, absl::string_view target,
                    const matrix::Json& body);

  // Sends `count` requests over the client's connections and waits for all. The
  // index is the request's.
  void CallAll(
      HttpClient& client, int count,
      const std::function<std::string(int)>& request,
      const std::function<void(int, const std::string& body)>& answered);

  // "@bridge_<name>_<index>:bench.test"
  std::string UserId(absl::string_view name, int index) const;

  // Registers users of the bridge and gives their own access tokens.
  std::vector<std::string> RegisterUsers(absl::string_view name, int count);
  // A person with a password. Gives the access token.
  std::string RegisterPerson(absl::string_view localpart);

  // A public room of `creator`, which `members` join. Gives its ID.
  std::string MakeRoom(const std::string& creator,
                       const std::vector<std::string>& members);

 private:
  void RegisterBridge();

  const Options options_;
  EventLoop loop_;
  BridgeSink sink_;
  const std::string as_token_;
  std::unique_ptr<HttpClient> client_;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_SITE_H_
