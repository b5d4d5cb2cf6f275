#include "services/shared/appservice_client/curl_multi.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace causeway::appservice_client {
namespace {

CURLM* MakeMulti() {
  // Once a process, before any thread uses curl.
  static const CURLcode initialized = [] {
    signal(SIGPIPE, SIG_IGN);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  CURLM* multi = initialized == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    std::fputs("libcurl does not start\n", stderr);
    std::abort();
  }
  return multi;
}

int OrAbort(int descriptor) {
  if (descriptor < 0) {
    std::perror("libcurl's sockets can't be waited for");
    std::abort();
  }
  return descriptor;
}

uint32_t ToEpoll(int what) {
  return (what & CURL_POLL_IN ? uint32_t{EPOLLIN} : 0) |
         (what & CURL_POLL_OUT ? uint32_t{EPOLLOUT} : 0);
}

int ToCurl(uint32_t events) {
  return (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
         (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

}  // namespace

CurlMulti::CurlMulti(size_t idle_connections_max)
    : multi_(MakeMulti()),
      epoll_(OrAbort(epoll_create1(EPOLL_CLOEXEC))),
      wake_(OrAbort(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(  // NOLINT: curl's type.
                        idle_connections_max));
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  epoll_event event = {.events = EPOLLIN, .data = {.fd = wake_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  close(wake_);
  close(epoll_);
}

CURLMcode CurlMulti::Add(CURL* handle) {
  return curl_multi_add_handle(multi_, handle);
}

void CurlMulti::Take(CURL* handle) { curl_multi_remove_handle(multi_, handle); }

CurlMulti::Ready CurlMulti::Wait(absl::Duration timeout) const {
  Ready ready;
  // Rounded up: a timer that isn't due yet would be waited for again at once.
  const auto milliseconds = static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1))));
  ready.count_ =
      epoll_wait(epoll_, ready.events_.data(),
                 static_cast<int>(ready.events_.size()), milliseconds);
  return ready;
}

void CurlMulti::Wake() const {
  const uint64_t one = 1;
  // Fails only where it is due to wake up many times over.
  (void)!write(wake_, &one, sizeof(one));
}

void CurlMulti::Handle(const Ready& ready) {
  int running_count = 0;
  for (int i = 0; i < ready.count_; ++i) {
    const epoll_event& event = ready.events_[static_cast<size_t>(i)];
    if (event.data.fd == wake_) {
      uint64_t count = 0;
      (void)!read(wake_, &count, sizeof(count));
      continue;
    }
    // Of a socket that was closed since, curl knows nothing; of one that has
    // got its number, it looks what there is.
    curl_multi_socket_action(multi_, event.data.fd, ToCurl(event.events),
                             &running_count);
  }
}

void CurlMulti::HandleDue() {
  if (Now() < due_at_) return;
  due_at_ = absl::InfiniteDuration();
  int running_count = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running_count);
}

void CurlMulti::ListEnded(absl::FunctionRef<void(CURL*, CURLcode)> ended) {
  int left_count = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left_count)) {
    if (message->msg != CURLMSG_DONE) continue;
    // The message is gone once the handle is taken back.
    const CURLcode result = message->data.result;
    ended(message->easy_handle, result);
  }
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self,
                        void* known) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(multi.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event = {.events = ToEpoll(what), .data = {.fd = socket}};
  epoll_ctl(multi.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
            socket, &event);
  curl_multi_assign(multi.multi_, socket, self);  // Any pointer: it is known.
  return 0;
}

int CurlMulti::OnTimer(CURLM*, long milliseconds,  // NOLINT: curl's type.
                       void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.due_at_ = milliseconds < 0
                      ? absl::InfiniteDuration()
                      : multi.Now() + absl::Milliseconds(milliseconds);
  return 0;
}

}  // namespace causeway::appservice_client
