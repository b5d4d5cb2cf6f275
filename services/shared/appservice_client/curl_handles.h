#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_HANDLES_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_HANDLES_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace causeway::appservice_client {

// Curl's handles, used again: to make one, with its buffers, takes longer than
// all that is done with it for one request.
//
// Used by one thread.
class CurlHandles {
 public:
  struct Releaser {
    CurlHandles* handles = nullptr;
    void operator()(CURL* handle) const { handles->Release(handle); }
  };
  // As new, and back in here at its end.
  using Handle = std::unique_ptr<CURL, Releaser>;

  // Keeps at most `idle_max`.
  explicit CurlHandles(size_t idle_max) : idle_max_(idle_max) {}
  ~CurlHandles();
  CurlHandles(const CurlHandles&) = delete;
  CurlHandles& operator=(const CurlHandles&) = delete;

  // This must outlive it.
  Handle Take();

 private:
  void Release(CURL* handle);

  const size_t idle_max_;
  std::vector<CURL*> idle_;
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_HANDLES_H_
