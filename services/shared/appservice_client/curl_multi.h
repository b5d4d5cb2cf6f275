// curl's multi interface over epoll, for curl_appservice_client.cc: a turn
// costs what happens in it, however many transfers are under way and however
// many connections are open.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_MULTI_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_MULTI_H_

#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/clock/clock.h"

namespace causeway::appservice_client {

// Thread-compatible, but for Wake().
class CurlMulti {
 public:
  // What the network has ready.
  class Ready {
   private:
    friend class CurlMulti;
    std::array<epoll_event, 256> events_;
    int count_ = 0;
  };

  // Ends the process if curl doesn't start, and makes it ignore SIGPIPE: a
  // connection that the other side has closed is an error code, and curl's TLS
  // would get the signal.
  explicit CurlMulti(size_t idle_connections_max);
  // No transfer may be under way.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Begins the transfer of `handle`, which is due at once. Its private data
  // (CURLOPT_PRIVATE) are taken. Connections are used again by those whose
  // `url` has the same scheme, host and port.
  CURLMcode Add(CURL* handle, absl::string_view url);

  // Ends it, if it is still under way, and gives the handle back.
  void Take(CURL* handle);

  // Waits until the network has something, Wake() is called, or `timeout` is
  // over.
  Ready Wait(absl::Duration timeout) const;
  // Ends a Wait(), the next one if there is none now. Thread-safe.
  void Wake() const;

  // Moves on what `ready` is about.
  void Handle(const Ready& ready);
  // Moves on what is due: over a connection that is open, a new request is sent
  // whole.
  void HandleDue();

  // By Now(): when HandleDue() has something to do.
  absl::Duration due_at() const;
  // The real monotonic clock, as curl has no other.
  absl::Duration Now() const { return clock_.MonotonicNow(); }

  // Tells which transfers have ended since the last call, and how.
  void ListEnded(absl::FunctionRef<void(CURL*, CURLcode)> ended);

 private:
  // Whenever a transfer is taken back, curl walks through the connections of
  // its multi handle, idle or not, until it finds that transfer's. So there are
  // several handles, and an origin's transfers are all one's.
  static constexpr size_t kPoolCount = 32;

  struct Pool {
    CurlMulti* owner = nullptr;
    CURLM* multi = nullptr;
    absl::Duration due_at = absl::InfiniteDuration();
    bool has_moved = false;
  };

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* pool,
                      void* known);
  static int OnTimer(CURLM*, long milliseconds,  // NOLINT: curl's type.
                     void* pool);

  void Act(Pool& pool, curl_socket_t socket, int what);

  const RealClock clock_;
  const int epoll_;
  const int wake_;                      // An eventfd.
  std::array<Pool, kPoolCount> pools_;  // curl has their addresses.
  std::vector<Pool*> moved_;            // Since the last ListEnded().
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_MULTI_H_
