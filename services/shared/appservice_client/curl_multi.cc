#include "services/shared/appservice_client/curl_multi.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/hash/hash.h"

namespace causeway::appservice_client {
namespace {

// In epoll's data: the event is wake_'s.
constexpr uint64_t kWakeData = ~uint64_t{0};

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

// "https://host:port" of a URL with a path.
absl::string_view Origin(absl::string_view url) {
  constexpr size_t kSchemeBytesMax = 8;  // "https://"
  return url.substr(0, url.find('/', kSchemeBytesMax));
}

}  // namespace

CurlMulti::CurlMulti(size_t idle_connections_max)
    : epoll_(OrAbort(epoll_create1(EPOLL_CLOEXEC))),
      wake_(OrAbort(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  for (Pool& pool : pools_) {
    pool.owner = this;
    pool.multi = MakeMulti();
    curl_multi_setopt(pool.multi, CURLMOPT_MAXCONNECTS,
                      static_cast<long>(  // NOLINT: curl's type.
                          idle_connections_max));
    curl_multi_setopt(pool.multi, CURLMOPT_SOCKETFUNCTION, &OnSocket);
    curl_multi_setopt(pool.multi, CURLMOPT_SOCKETDATA, &pool);
    curl_multi_setopt(pool.multi, CURLMOPT_TIMERFUNCTION, &OnTimer);
    curl_multi_setopt(pool.multi, CURLMOPT_TIMERDATA, &pool);
  }
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = kWakeData}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

CurlMulti::~CurlMulti() {
  for (const Pool& pool : pools_) curl_multi_cleanup(pool.multi);
  close(wake_);
  close(epoll_);
}

CURLMcode CurlMulti::Add(CURL* handle, absl::string_view url) {
  Pool& pool =
      pools_[absl::Hash<absl::string_view>()(Origin(url)) % kPoolCount];
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &pool);
  return curl_multi_add_handle(pool.multi, handle);
}

void CurlMulti::Take(CURL* handle) {
  Pool* pool = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &pool);
  curl_multi_remove_handle(pool->multi, handle);
}

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
  for (int i = 0; i < ready.count_; ++i) {
    const epoll_event& event = ready.events_[static_cast<size_t>(i)];
    if (event.data.u64 == kWakeData) {
      uint64_t count = 0;
      (void)!read(wake_, &count, sizeof(count));
      continue;
    }
    // Of a socket that was closed since, curl knows nothing; of one that has
    // got its number, it looks what there is.
    Act(pools_[event.data.u64 >> 32],
        static_cast<curl_socket_t>(event.data.u64 & 0xffffffff),
        ToCurl(event.events));
  }
}

absl::Duration CurlMulti::due_at() const {
  return std::min_element(
             pools_.begin(), pools_.end(),
             [](const Pool& a, const Pool& b) { return a.due_at < b.due_at; })
      ->due_at;
}

void CurlMulti::HandleDue() {
  const absl::Duration now = Now();
  for (Pool& pool : pools_) {
    if (now < pool.due_at) continue;
    pool.due_at = absl::InfiniteDuration();
    Act(pool, CURL_SOCKET_TIMEOUT, 0);
  }
}

void CurlMulti::Act(Pool& pool, curl_socket_t socket, int what) {
  int running_count = 0;
  curl_multi_socket_action(pool.multi, socket, what, &running_count);
  if (pool.has_moved) return;
  pool.has_moved = true;
  moved_.push_back(&pool);
}

void CurlMulti::ListEnded(absl::FunctionRef<void(CURL*, CURLcode)> ended) {
  for (Pool* pool : moved_) {
    pool->has_moved = false;
    int left_count = 0;
    while (const CURLMsg* message =
               curl_multi_info_read(pool->multi, &left_count)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message is gone once the handle is taken back.
      const CURLcode result = message->data.result;
      ended(message->easy_handle, result);
    }
  }
  moved_.clear();
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* pool,
                        void* known) {
  const auto& self = *static_cast<Pool*>(pool);
  CurlMulti& owner = *self.owner;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(owner.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  const auto number = static_cast<uint64_t>(&self - owner.pools_.data());
  epoll_event event = {
      .events = ToEpoll(what),
      .data = {.u64 = number << 32 | static_cast<uint32_t>(socket)}};
  epoll_ctl(owner.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
            socket, &event);
  curl_multi_assign(self.multi, socket, pool);  // Any pointer: it is known.
  return 0;
}

int CurlMulti::OnTimer(CURLM*, long milliseconds,  // NOLINT: curl's type.
                       void* pool) {
  auto& self = *static_cast<Pool*>(pool);
  self.due_at = milliseconds < 0
                    ? absl::InfiniteDuration()
                    : self.owner->Now() + absl::Milliseconds(milliseconds);
  return 0;
}

}  // namespace causeway::appservice_client
