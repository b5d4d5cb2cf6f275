#include "tests/bench/surface/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr int kEventsMax = 256;
constexpr absl::Duration kStep = absl::Milliseconds(10);

}  // namespace

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) DieOfErrno("epoll_create1");
}

EventLoop::~EventLoop() { close(epoll_); }

void EventLoop::Watch(int fd, Readable readable) {
  const auto index = static_cast<size_t>(fd);
  if (watched_.size() <= index) watched_.resize(index + 1);
  watched_[index] = std::make_shared<Readable>(std::move(readable));
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    DieOfErrno("epoll_ctl");
  }
}

void EventLoop::Forget(int fd) {
  watched_[static_cast<size_t>(fd)].reset();
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::RunOnce(absl::Duration timeout) {
  epoll_event events[kEventsMax];
  const timespec patience =
      absl::ToTimespec(std::max(timeout, absl::ZeroDuration()));
  const int count =
      epoll_pwait2(epoll_, events, kEventsMax, &patience, nullptr);
  if (count < 0 && errno != EINTR) DieOfErrno("epoll_pwait2");
  for (int i = 0; i < count; ++i) {
    const std::shared_ptr<Readable> readable =
        watched_[static_cast<size_t>(events[i].data.fd)];
    if (readable != nullptr) (*readable)();
  }
}

void EventLoop::RunUntil(const std::function<bool()>& done,
                         absl::Duration patience, absl::string_view what) {
  const absl::Duration end = Now() + patience;
  while (!done()) {
    if (Now() > end) Die(absl::StrCat("waited in vain: ", what));
    RunOnce(kStep);
  }
}

void EventLoop::RunFor(absl::Duration time) {
  const absl::Duration end = Now() + time;
  for (absl::Duration left = time; left > absl::ZeroDuration();
       left = end - Now()) {
    RunOnce(left);
  }
}

}  // namespace causeway::bench
