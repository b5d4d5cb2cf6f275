// The one HTTP client that talks to application services: libcurl, with one
// multi handle for all requests, which keeps connections for later ones.
//
// A thread sends, waits for the network, and calls back. What it does costs
// what happens, however many requests are under way (curl_multi.h), and only so
// many depart at once. Those to application services that are quick, that are
// slow, and of which it isn't known yet wait for their own kind alone: a
// thousand that take 80 ms each don't delay one that takes one.
//
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
#include "services/shared/appservice_client/answer_budget.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/clock/clock.h"

namespace causeway::appservice_client {

// Thread-safe.
class CurlAppserviceClient : public AppserviceClient {
 public:
  struct Options {
    std::string user_agent = "Causeway/0.1";
    size_t in_flight_max = 20000;
    // Of these, how many are worked at side by side. One that takes longer than
    // `slow_after` isn't counted any more: it only waits for its answer, and
    // holds up nobody. The others wait for their turn.
    //   - To those that answer quickly, and as many to those of which it isn't
    //     known: all of them may be on this machine, and what is sent then only
    //     waits there, and takes memory.
    size_t quick_max = 128;
    absl::Duration slow_after = absl::Milliseconds(100);
    //   - To those that are slow or far away, whose answers take `slow_from` at
    //     least: so many that they don't wait for each other, as this many in
    //     `slow_after` are more than this thread can send.
    size_t slow_max = 2048;
    // quick_max in this time are about what this thread can send, too.
    absl::Duration slow_from = absl::Milliseconds(20);
    // In one pool (curl_multi.h), for the next request, for two minutes at
    // most. Not fewer than may be under way: with more connections than this,
    // each that becomes idle makes curl look through all of them for one to
    // close.
    size_t idle_connections_max = 20000;
    absl::Duration connect_timeout = absl::Seconds(10);
    // Of those longer than kLookUpAnswerBytesMax.
    AnswerBudget::Options answers = {};
    // Whether a URL may lead to loopback and private networks at all: a request
    // must allow it too.
    bool private_addresses_allowed = true;
    // Trusted certificates, PEM; empty means the system's.
    std::string ca_file = "";
    // Where certificates are that are trusted in their place for one AS:
    // "ID.pem", the registration's ID percent-encoded. Looked at with each
    // request, so they may come and go. Empty: nowhere.
    std::string ca_directory = "";
  };

  // `clock` must outlive the client. Starts the thread.
  CurlAppserviceClient(Options options, const Clock& clock);

  // Ends what is under way with UNAVAILABLE, and the thread. No callback comes
  // after it. Not to be called from a callback.
  ~CurlAppserviceClient() override;

  void Send(AppserviceRequest request, Callback callback) override;
  void Cancel(int64_t cancel_id) override;
  void ForgetPaths(std::string appservice_uid) override;

 private:
  class Loop;  // The state that the thread owns, and its inbox.
  std::unique_ptr<Loop> loop_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_H_
