// The one HTTP client that talks to application services: libcurl, with one
// thread for all requests.
//
// Send() hands the request to that thread, which runs every transfer through
// one curl multi handle, keeps connections for later requests, and calls back.
// A request that the AS's routes don't know goes out a second time in the other
// dialect before it is answered.
//
// Redirects are never followed and proxies never used: a request must end where
// the operator's grant says. The address is checked at the moment of
// connecting, after the name was looked up (see address_policy.h).
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"

namespace causeway::appservice_client {

// Thread-safe.
class CurlAppserviceClient : public AppserviceClient {
 public:
  struct Options {
    std::string user_agent = "Causeway/0.1";
    size_t in_flight_max = 20000;
    size_t idle_connections_max = 1024;
    absl::Duration connect_timeout = absl::Seconds(10);
    // Trusted certificates, PEM; empty means the system's.
    std::string ca_file = "";
  };

  // `clock` must outlive the client. Starts the thread.
  CurlAppserviceClient(Options options, const Clock& clock);

  // Ends what is under way with UNAVAILABLE, then the thread. No callback comes
  // after it. Not to be called from a callback.
  ~CurlAppserviceClient() override;

  void Send(AppserviceRequest request, Callback callback) override;
  void Cancel(int64_t cancel_id) override;

 private:
  class Loop;  // The state that the thread owns, and its inbox.
  std::unique_ptr<Loop> loop_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_H_
