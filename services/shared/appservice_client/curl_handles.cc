#include "services/shared/appservice_client/curl_handles.h"

namespace causeway::appservice_client {

CurlHandles::~CurlHandles() {
  for (CURL* handle : idle_) curl_easy_cleanup(handle);
}

CurlHandles::Handle CurlHandles::Take() {
  CURL* handle = nullptr;
  if (idle_.empty()) {
    handle = curl_easy_init();
  } else {
    handle = idle_.back();
    idle_.pop_back();
  }
  return Handle(handle, Releaser{this});
}

void CurlHandles::Release(CURL* handle) {
  if (idle_.size() >= idle_max_) {
    curl_easy_cleanup(handle);
    return;
  }
  // All options, so that nothing of one request gets into the next.
  curl_easy_reset(handle);
  idle_.push_back(handle);
}

}  // namespace causeway::appservice_client
