#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/curl_multi.h"
#include "services/shared/matrix/percent_encoding.h"
#include "tests/bench/query/rows.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

using appservice_client::CurlMulti;

constexpr size_t kIdleConnectionsMax = 2000;

size_t TakeBody(char*, size_t size, size_t count, void*) {
  return size * count;
}

// Handles that get the next user when they have got one.
class Requests {
 public:
  explicit Requests(const Asked& asked)
      : prefix_(absl::StrCat(asked.url, "/_matrix/app/v1/users/")),
        headers_(curl_slist_append(
            nullptr,
            absl::StrCat("Authorization: Bearer ", asked.hs_token).c_str())) {}
  ~Requests() {
    for (const auto& [handle, begin] : begins_) {
      multi_.Take(handle);
      curl_easy_cleanup(handle);
    }
    curl_slist_free_all(headers_);
  }
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  void Run(int count, absl::Duration time, RoundTrips& result) {
    const absl::Duration begin = multi_.Now();
    for (int i = 0; i < count; ++i) Send(MakeHandle());
    int under_way = count;
    while (under_way > 0) {
      const CurlMulti::Ready ready = multi_.Wait(
          std::max(multi_.due_at() - multi_.Now(), absl::ZeroDuration()));
      multi_.Handle(ready);
      multi_.HandleDue();
      multi_.ListEnded([&](CURL* handle, CURLcode code) {
        if (code != CURLE_OK) Die(curl_easy_strerror(code));
        multi_.Take(handle);
        const absl::Duration now = multi_.Now();
        result.milliseconds.push_back(
            absl::ToDoubleMilliseconds(now - begins_[handle]));
        now < begin + time ? Send(handle) : static_cast<void>(--under_way);
      });
    }
    result.time = multi_.Now() - begin;
  }

 private:
  CURL* MakeHandle() {
    CURL* handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &TakeBody);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    return handle;
  }

  void Send(CURL* handle) {
    const std::string url =
        absl::StrCat(prefix_, matrix::EncodeUriComponent(NextUserId()));
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    begins_[handle] = multi_.Now();
    multi_.Add(handle, url);
  }

  const std::string prefix_;
  curl_slist* const headers_;
  CurlMulti multi_{kIdleConnectionsMax};
  absl::flat_hash_map<CURL*, absl::Duration> begins_;
};

}  // namespace

RoundTrips RunBareCurl(const Asked& asked, int waiter_count,
                       absl::Duration time) {
  RoundTrips result;
  Requests(asked).Run(waiter_count, time, result);
  return result;
}

}  // namespace causeway::bench
